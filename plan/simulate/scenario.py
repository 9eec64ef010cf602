"""A topic's burst and outage, simulated: all its pollers, or one that stands for many."""

from collections.abc import Sequence
from dataclasses import dataclass

from plan.plan import Plan, TopicPlan
from plan.simulate.arrivals import Arrivals
from plan.simulate.run import Simulation
from plan.simulate.world import Pause, Reader, World
from plan.sizing.batches import LINGER_S, POLL_S
from plan.sizing.lag import Lag, backlog
from plan.sizing.partitions import partition_per_s, record_bytes
from plan.sizing.pollers import POLLER_BYTES_PER_S, POLLER_INVOCATIONS

CALM_S = 20.0
"""Seconds of usual traffic before it begins."""

LONGEST_S = 120.0
"""A longer burst or outage is cut to this: what follows it is in proportion, and a plan should take a second."""

_WITHIN_TIMES = 8
"""How many times the disturbance it may take to drain; beyond, it is told as never."""

ROOM = 1.2
"""How many times the usual lag after a batch counts as usual again."""

_MOST_SIMULATED = 24
"""Partitions up to which all pollers are simulated; above, one stands for all, so that a plan takes a second."""

_POINTS = 120
"""Points of a curve."""


@dataclass(frozen=True, slots=True)
class Curve:
    """The lag of a topic over time."""

    name: str
    """What happened."""
    points: Sequence[tuple[float, float]]
    """Seconds, and records behind in the whole topic."""
    simulated_s: float | None
    """Seconds after the disturbance until the lag was the usual one again, as simulated; None: it was not."""
    calculated: Lag
    """The same by the formula."""


def curves(plan: Plan) -> list[Curve]:
    """Return a burst, where the profile has one, and an outage of the busiest topic."""
    topic, profile = plan.busiest, plan.profile
    found = []
    if profile.burst > 1:
        seconds = min(profile.burst_s, LONGEST_S)
        name = f"{profile.burst:g} times the rate for {seconds:.0f} s"
        found.append(_curve(plan, topic, name, profile.burst, seconds, pause=False))
    if profile.outage_s > 0:
        seconds = min(profile.outage_s, LONGEST_S)
        found.append(_curve(plan, topic, f"nothing read for {seconds:.0f} s", 1.0, seconds, pause=True))
    return found


def _curve(plan: Plan, topic: TopicPlan, name: str, times: float, seconds: float, *, pause: bool) -> Curve:
    ends = CALM_S + seconds
    run = Simulation(_world(plan, topic, times, ends, pause=pause))
    run.until(CALM_S)
    usual = max((point.lag for point in run.points if point.at > CALM_S / 2), default=0.0)
    run.until(ends)
    drained = None
    while run.now < ends + _WITHIN_TIMES * seconds and drained is None:
        run.until(run.now + 1.0)
        back = (point.at for point in run.points if point.at > ends and point.lag <= ROOM * usual + 1)
        drained = next((at - ends for at in back), None)
    run.until(run.now + CALM_S / 2)
    step = run.now / _POINTS
    times_all = topic.rate / sum(each.by(1.0) for each in run.world.arrivals)
    points = [(n * step, run.at(n * step).lag * times_all) for n in range(_POINTS + 1)]
    came = topic.rate * times
    went = 0.0 if pause else min(came, topic.capacity)
    partition = partition_per_s(plan.profile, plan.service)
    formula = backlog(came, went, seconds, topic.rate, topic.spread.shares, partition, topic.capacity)
    return Curve(name, points, drained, formula)


def _world(plan: Plan, topic: TopicPlan, times: float, ends: float, *, pause: bool) -> World:
    """Return the world of all pollers, or of a mean one where they are many."""
    pollers, shares = topic.pollers.maximum, sorted(topic.spread.shares, reverse=True)
    if len(shares) > _MOST_SIMULATED:
        mine = shares[::pollers]
        shares, pollers = [each / sum(mine) / pollers for each in mine], 1
    steps = [(0.0, 1.0), (CALM_S, times), (ends, 1.0)] if times > 1 else [(0.0, 1.0)]
    arrivals = [Arrivals([(at, topic.rate * each * factor) for at, factor in steps]) for each in shares]
    most_per_s = POLLER_BYTES_PER_S / record_bytes(plan.profile.payload_bytes)
    dealt = [tuple(range(number, len(shares), pollers)) for number in range(pollers)]
    return World(
        arrivals=arrivals,
        readers=[Reader(each, POLLER_INVOCATIONS, most_per_s=most_per_s) for each in dealt],
        batch_s=plan.service.batch_s,
        message_s=plan.service.message_s,
        window_s=max(float(plan.window_s), POLL_S),
        most_records=plan.service.most_records,
        visible_s=LINGER_S,
        pauses=[Pause(CALM_S, ends)] if pause else [],
    )
