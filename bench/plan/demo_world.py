"""The demo as a world to simulate: its consumers, its faults at their times, and what a batch took in another run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from bench.plan.by_process import Taken, between
from bench.plan.fit import plane
from bench.plan.history import CONSUMERS, History, Invocation
from bench.plan.work import Sharing, alone_s, sharing_of
from local.demo.function_place import FUNCTION_TIMEOUT_S
from local.demo.plan import REDELIVERED_BATCHES, steps
from local.kafka import TOPICS
from plan.simulate.arrivals import Arrivals
from plan.simulate.run import Simulation
from plan.simulate.world import Crash, InVain, Reader, World

WINDOW_S = 0.75
"""The window of the demo's consumers."""

MOST_RECORDS = 7_264
"""Their batch: what 6 MB of an event hold of such records, of 10,000 that are allowed."""

STARTS_S = 0.6
"""What the producer takes from the demo's own start, from which its plan counts, to its first message."""

RETRY_S = 0.3
"""What a held partition waits for its next try when the lease is over: half of the consumer's backoff."""

MOVED_S = 3.0
"""What a killed consumer's partitions take to move: a session timeout of 2 s, and a rebalance of 1 s (ADR 0002)."""

VISIBLE_S = 0.06
"""What a record takes until a consumer has it: half of the producer's linger of 50 ms, a fetch, a turn of the loop."""

PHASES = 10
"""Runs that are tried, a tenth of a second apart in their ends and in their faults: where in its window a run ends is
chance, and whether a kill meets a batch."""

WITHIN_S = 300.0
"""Seconds to drain in."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What batches took, and what of the machine."""

    batch_s: float
    """Seconds of a batch beside its records, with the machine for itself."""
    message_s: float
    """Seconds of a record that is done."""
    vain_message_s: float
    """Seconds of a record for which nothing is done: it is another's, or was done before."""
    batch_cores: float
    """Cores that a batch under way keeps busy."""
    arrival_core_s: float
    """Seconds of a core that a record takes as it comes, beside the batches."""
    commit_s: float
    """Seconds from the end of the last batch until its commit was seen."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What is predicted, and what is measured of a run."""

    rate: float
    """Messages a second that were done by the last acknowledgement, over the seconds of producing."""
    lag: float
    """Records behind, on the mean of the whole time of producing, faults included."""
    drain: float
    """Seconds from the last acknowledgement to lag 0."""

    def error(self, measured: "Figures") -> dict[str, float]:
        """Return how far each figure is off, over what was measured."""
        return {
            name: abs(getattr(self, name) - getattr(measured, name)) / getattr(measured, name)
            for name in ("rate", "lag", "drain")
        }


@dataclass(frozen=True, slots=True)
class Run:
    """A run of the demo, and what it had of the machine."""

    history: History
    """What happened in it."""
    looks: Sequence[Taken]
    """What its processes took by when."""
    cores: float
    """What of the machine it could have, on the mean."""


def calibrate(runs: Sequence[Run]) -> Calibration:
    """Return what batches took in all of the runs together: large ones are of a backlog, and partly in vain."""
    shared = [_sharing(run) for run in runs]

    batches = [
        (each.done, each.records - each.done, alone_s(each, run.history.invocations, sharing))
        for run, sharing in zip(runs, shared, strict=True)
        for each in _usual(run.history)
    ]
    return Calibration(
        *plane(batches),
        fmean(each.batch_cores for each in shared),
        fmean(each.arrival_core_s for each in shared),
        fmean(max(run.history.drain_s - (_ended(run.history) - run.history.last_ack), 0.0) for run in runs),
    )


def _sharing(run: Run) -> Sharing:
    history = run.history
    taken = between(run.looks, history.start, history.start + _ended(history))
    rate = history.acked_by(history.last_ack) / history.last_ack
    return sharing_of(history.invocations, run.cores, (taken.batches_s, taken.beside_s), rate, history.last_ack)


def _usual(history: History) -> Iterator[Invocation]:
    """Return all batches but each consumer's first, which warms up, and the one that crashed."""
    for consumer in CONSUMERS:
        own = sorted((each for each in history.invocations if each.consumer == consumer), key=lambda each: each.began)
        crashed = next((each for each in own if not each.clean and not each.done), None)
        yield from (each for each in own[1:] if each.seconds > 0 and (consumer != CONSUMERS[0] or each is not crashed))


def _ended(history: History) -> float:
    return max(each.ended for each in history.invocations)


def measured(history: History) -> Figures:
    """Return what a run's own files say."""
    end = history.last_ack
    return Figures(history.done_by(end) / end, history.mean_lag(0, end), history.drain_s)


def predicted(rate: float, duration: float, calibration: Calibration, cores: float) -> Figures:
    """Return what the simulation says of a run at a rate, on so many cores."""
    found = []
    for phase in range(PHASES):
        end, starts_s = duration + phase / PHASES, STARTS_S + (phase * 7 % PHASES - PHASES / 2) / PHASES
        run = Simulation(demo_world(rate, end, calibration, cores, starts_s))
        run.until(end)
        times = [step / 10 for step in range(int(end * 10))]
        lag = sum(run.at(at).lag for at in times) / len(times)
        done = run.at(end).done / end
        found.append(Figures(done, lag, (run.drained(WITHIN_S) or end + WITHIN_S) - end + calibration.commit_s))
    return mean(found)


def mean(found: Sequence[Figures]) -> Figures:
    """Return the mean of each figure."""
    return Figures(
        fmean(each.rate for each in found), fmean(each.lag for each in found), fmean(each.drain for each in found)
    )


def demo_world(
    rate: float, duration: float, calibration: Calibration, cores: float, starts_s: float = STARTS_S
) -> World:
    """Return the world of a run of the demo at a rate."""
    partitions = sum(TOPICS.values())
    even, odd = tuple(range(0, partitions, 2)), tuple(range(1, partitions, 2))
    at = {step.name: step.at_s - starts_s for step in steps(duration)}
    lease_s = FUNCTION_TIMEOUT_S + RETRY_S
    return World(
        arrivals=[Arrivals([(0.0, rate / partitions), (duration, 0.0)]) for _ in range(partitions)],
        readers=[
            Reader(even, 1, 0.0, at["kill"]),
            Reader(odd, 1, twice=len(REDELIVERED_BATCHES)),
            Reader(even, 1, at["kill"] + MOVED_S),
        ],
        batch_s=calibration.batch_s,
        message_s=calibration.message_s,
        cores=cores,
        batch_cores=calibration.batch_cores,
        arrival_core_s=calibration.arrival_core_s,
        window_s=WINDOW_S,
        most_records=MOST_RECORDS,
        visible_s=VISIBLE_S,
        crashes=[Crash(at["crash"], 0, lease_s)],
        lease_s=lease_s,
        in_vain=InVain(calibration.batch_s, calibration.vain_message_s, RETRY_S),
    )
