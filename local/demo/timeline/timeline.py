"""Puts a run's files, arrivals and notes on one axis of time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from charts.bands import Band
from charts.lines import Series
from local.demo.proof.downstream import Arrival
from local.demo.proof.figures import Tail
from local.demo.proof.paths import Paths
from local.demo.proof.reconcile import Acked
from local.demo.timeline.history import CLOSES, History
from local.demo.timeline.series import growth, lags, level, quantile, rate, state_bands

RUNS, DOWN, THROTTLES = "runs", "down", "throttles"
"""What the demo does to its parts: they run until they are killed, are down, or throttle."""

STATES = (RUNS, "circuit open", "asked to wait", "paused", DOWN, THROTTLES)
"""All states, in the order of their colours."""

BROKEN: Mapping[str, tuple[str, str]] = {"throttle": ("telemetry queue", THROTTLES), "die": ("partner", DOWN)}
"""Steps of the plan that last: what they break, and how."""

Line = Mapping[str, Any]


class Moment(NamedTuple):
    """What was done to the run, or found at its end."""

    at_s: float
    name: str
    """The plan's step; empty where it is none."""
    says: str
    until_s: float | None = None
    """When it was undone, if it was."""


@dataclass(frozen=True, slots=True)
class TimeLine:
    """A run over time; times are seconds since producing began."""

    last_s: float
    """The last message that was not replayed; what was done after it is reading back."""
    moments: Sequence[Moment]
    rates: Sequence[Series]
    """Messages a second."""
    lag: Sequence[Series]
    """Records, by topic."""
    lag_s: Sequence[Series]
    """Seconds since the first record came that is not done, by topic."""
    latency: Sequence[Series]
    """Seconds from a record's timestamp until its destination had it."""
    waiting: Sequence[Series]
    """Records in the hold queue, by destination."""
    rows: Mapping[str, Sequence[Band]]
    """What ran, what was down, which circuits were open."""


@dataclass(frozen=True, slots=True)
class RunFiles:
    """The lines of a run's files; times are as they were written."""

    producer: Sequence[Line]
    consumers: Mapping[str, Sequence[Line]]
    """By consumer."""
    batches: Sequence[Line]
    drained: Sequence[Line]

    @classmethod
    def read(cls, paths: Paths) -> "RunFiles":
        """Read them."""
        return cls(
            producer=list(Tail(paths.producer_stats)),
            consumers={path.stem.partition("-")[2]: list(Tail(path)) for path in paths.all_consumer_stats()},
            batches=[line for path in paths.all_batches() for line in Tail(path)],
            drained=list(Tail(paths.drained)),
        )


def time_line(
    files: RunFiles,
    acked: Sequence[Acked],
    arrived: Sequence[Arrival],
    calls: Sequence[tuple[int, int]],
    history: History,
) -> TimeLine:
    """Return the time line of a run, from what arrived before the replay.

    Args:
        files: the run's.
        acked: what Kafka acknowledged.
        arrived: the messages of the destination queues.
        calls: of the partner: when it had each message, and the record's timestamp (epoch ms).
        history: what was noted.
    """

    def since(ms: float) -> float:
        return max(0.0, (ms - history.began_ms) / 1000)

    queues = [(since(each.sent_ms), each.latency_ms / 1000) for each in arrived]
    partner = [(since(at_ms), (at_ms - timestamp) / 1000) for at_ms, timestamp in calls]
    produced = [(since(_ms(line["at"])), line) for line in files.producer]
    batches = [(since(line["at"] * 1000), line) for line in files.batches]
    drained = [(since(line["at"] * 1000), line) for line in files.drained]
    stats = [(since(line["at"] * 1000), line) for lines in files.consumers.values() for line in lines]
    commits = _commits(stats)
    last_s = max([1.0, *(at for at, _ in (*queues, *partner, *produced, *batches, *drained, *_last_of(commits)))])
    totals = [(0.0, 0), *((at, line["acked"]) for at, line in produced)]
    ends = _ends([(at, line["partitions"]) for at, line in produced], acked)
    records, seconds = lags(ends, commits, last_s)
    moments = _moments(history, since)
    rows = {
        f"consumer {name}": [Band(since(lines[0]["at"] * 1000), min(since(lines[-1]["at"] * 1000), last_s), RUNS)]
        for name, lines in files.consumers.items()
        if lines
    }
    for moment in moments:
        if moment.name in BROKEN:
            place, state = BROKEN[moment.name]
            rows[place] = [Band(moment.at_s, moment.until_s or last_s, state, moment.says)]
    found = state_bands([(since(sample.at_ms), sample.words) for sample in history.samples], last_s)
    rows |= {f"to {name}": bands for name, bands in sorted(found.items())}
    return TimeLine(
        last_s=last_s,
        moments=moments,
        rates=[
            Series("acknowledged by Kafka", growth(totals, last_s)),
            Series("at their destination", rate(((at, 1) for at, _ in (*queues, *partner)), last_s)),
            Series("redelivered and skipped", rate(((at, line["duplicates"]) for at, line in batches), last_s)),
        ],
        lag=[Series(topic, points) for topic, points in records.items()],
        lag_s=[Series(topic, points) for topic, points in seconds.items()],
        latency=[
            Series("all others, median", quantile(queues, 0.5, last_s)),
            Series("all others, p99", quantile(queues, 0.99, last_s)),
            Series("the partner, median", quantile(partner, 0.5, last_s)),
        ],
        waiting=_waiting(batches, drained),
        rows=rows,
    )


def _moments(history: History, since: Any) -> list[Moment]:
    """Return what happened, each with the time of the step that undid it."""
    undone = {CLOSES[each.name]: since(each.at_ms) for each in history.happenings if each.name in CLOSES}
    return [Moment(since(each.at_ms), each.name, each.says, undone.get(each.name)) for each in history.happenings]


def _ends(
    counts: Sequence[tuple[float, Mapping[str, int]]], acked: Sequence[Acked]
) -> dict[str, list[tuple[float, int]]]:
    """Return each partition's end over time: where the run's first message went, and what was acknowledged since."""
    first: dict[str, int] = {}
    for message in acked:
        name, offset = message.position
        first[name] = min(first.get(name, offset), offset)
    ends = {name: [(0.0, offset)] for name, offset in first.items()}
    for at, partitions in counts:
        for name, count in partitions.items():
            if name in ends:
                ends[name].append((at, first[name] + count))
    return ends


def _commits(stats: Sequence[tuple[float, Line]]) -> dict[str, list[tuple[float, int]]]:
    """Return each partition's committed position over time, whoever committed it."""
    found: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for at, line in sorted(stats, key=lambda each: each[0]):
        for name, position in line["committed"].items():
            if position is not None and position > (found[name][-1][1] if found[name] else -1):
                found[name].append((at, position))
    return found


def _last_of(commits: Mapping[str, Sequence[tuple[float, int]]]) -> list[tuple[float, int]]:
    return [positions[-1] for positions in commits.values() if positions]


def _waiting(batches: Sequence[tuple[float, Line]], drained: Sequence[tuple[float, Line]]) -> list[Series]:
    """Return what is in the hold queue: diverted, and neither drained nor dead."""
    changes: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for at, line in batches:
        for name, count in line["diverted"].items():
            changes[name].append((at, count))
    for at, line in drained:
        for name, count in line["gone"].items():
            changes[name].append((at, -count))
    return [Series(name, level(found)) for name, found in sorted(changes.items())]


def _ms(iso: str) -> float:
    return datetime.fromisoformat(iso).timestamp() * 1000
