"""What so many partitions carry of so many messages: by the formulas, and by a simulation of the hottest poller."""

from dataclasses import dataclass
from statistics import fmean

from plan.keys.placement import shares
from plan.keys.strategy import BY_ORDER
from plan.profile.profile import Profile
from plan.simulate.arrivals import Arrivals
from plan.simulate.run import Simulation
from plan.simulate.world import Reader, World
from plan.sizing.batches import LINGER_S, POLL_S, Batches, usual
from plan.sizing.partitions import BUSY, partition_per_s, record_bytes
from plan.sizing.pollers import POLLER_BYTES_PER_S, POLLER_INVOCATIONS, Pollers, count, pollers
from plan.sizing.service import Service

WINDOW_S = 1
"""The batching window: the template's default."""

CALM_S, MEASURED_S = 20.0, 60.0
"""Seconds that a simulation runs before it is looked at, and for which it is."""

LOOKS = 200
"""Times at which a simulation's lag is looked at."""

KEEPS_UP = 0.98
"""Of what comes: a flow whose last batch is under way is never done with all of it."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """What a simulation of the poller with the hottest partition came to."""

    carried: float
    """What it got done, of what came to it."""
    behind_s: float
    """How old the records in it were on average (Little's law)."""


@dataclass(frozen=True, slots=True)
class Cell:
    """So many partitions and so many messages a second."""

    partitions: int
    """The topic's."""
    rate: float
    """Messages a second."""
    hottest: float
    """Messages a second of the hottest partition."""
    load: float
    """Of what a partition carries: above 1 it falls behind."""
    pollers: Pollers
    """Those of its mapping: as many as it takes until the busiest has room, or each has one partition."""
    batches: Batches
    """Its usual batches; of what it gets through, where that is less than what comes."""
    writes: float
    """Write units a second of its ledgers: two for each batch that has a partition."""
    simulated: Simulated
    """Of its hottest poller."""


def cell(profile: Profile, service: Service, partitions: int, rate: float) -> Cell:
    """Calculate one, and simulate it."""
    codes = tuple(code for topic in profile.topics for code in topic.codes)
    placed = sorted(shares(codes, profile.trucks, BY_ORDER[profile.order], partitions), reverse=True)
    most, size = partition_per_s(profile, service), record_bytes(profile.payload_bytes)
    carried = sum(min(share * rate, most) for share in placed)
    reads = POLLER_BYTES_PER_S / size
    side_by_side = max(1, int(BUSY * reads // (placed[0] * rate)))
    given = pollers(1, max(-(-partitions // side_by_side), count(0, carried * service.message_s)), partitions)
    batches = usual(carried, given.maximum, WINDOW_S, service)
    mine = placed[:: given.maximum]
    return Cell(
        partitions=partitions,
        rate=rate,
        hottest=placed[0] * rate,
        load=placed[0] * rate / most,
        pollers=given,
        batches=batches,
        writes=2 * batches.per_s * min(partitions / given.maximum, batches.records),
        simulated=_simulated([share * rate for share in mine], service, reads),
    )


def _simulated(rates: list[float], service: Service, most_per_s: float) -> Simulated:
    run = Simulation(
        World(
            arrivals=[Arrivals([(0.0, rate)]) for rate in rates],
            readers=[Reader(tuple(range(len(rates))), POLLER_INVOCATIONS, most_per_s=most_per_s)],
            batch_s=service.batch_s,
            message_s=service.message_s,
            window_s=max(float(WINDOW_S), POLL_S),
            most_records=service.most_records,
            visible_s=LINGER_S,
        )
    )
    run.until(CALM_S)
    before = run.at(CALM_S)
    run.until(CALM_S + MEASURED_S)
    after = run.at(CALM_S + MEASURED_S)
    lag = fmean(run.at(CALM_S + MEASURED_S * look / LOOKS).lag for look in range(LOOKS))
    return Simulated((after.done - before.done) / (after.came - before.came), lag / sum(rates))
