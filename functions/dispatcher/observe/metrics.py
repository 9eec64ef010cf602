"""Which metrics a batch has. Pure; `log` writes them.

The number of dimensions is bounded: they are names of the routing table, up to MOST_NAMES of each kind, and the reasons
of dead letters. No topic, codigo, key or error is ever a dimension.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import NamedTuple, get_args

from comboio.contract.dead_letter_schema import Reason
from dispatcher.observe.drain_report import DrainReport
from dispatcher.observe.report import BatchReport
from dispatcher.parcel import Outcome
from dispatcher.send.traffic import Traffic
from dispatcher.stage_reporter import ReloadResult

MOST_NAMES = 20
"""Maximum of routes, and of destinations, with metrics of their own: the first of the table. The rest is added up."""

MOST_VALUES = 50
"""Maximum of values of one metric; an EMF log line takes 100 (CloudWatch, "Embedded metric format")."""

OTHER = "other"
"""Dimension of the routes, destinations and reasons that have none of their own."""

REASONS = frozenset(get_args(Reason))
"""Reasons of dead letters that are dimensions."""

NAMES = {
    Outcome.DISPATCHED: "Dispatched",
    Outcome.DIVERTED: "Diverted",
    Outcome.DISCARDED: "Discarded",
    Outcome.DUPLICATE: "Duplicates",
    Outcome.HELD: "Held",
    Outcome.FAILED: "Failed",
    Outcome.DEAD: "Dead",
}
"""The metric that counts records of an outcome."""


class Unit(Enum):
    """Units of a metric, by CloudWatch's names."""

    COUNT = "Count"
    MILLISECONDS = "Milliseconds"
    SECONDS = "Seconds"


class Metric(NamedTuple):
    """One metric; several values count as that many measurements."""

    unit: Unit
    values: list[float]


class MetricSet(NamedTuple):
    """Metrics of the same dimensions: one log line."""

    dimensions: Mapping[str, str]
    metrics: Mapping[str, Metric]


def table_metrics(result: ReloadResult) -> Iterator[MetricSet]:
    """Yield the metric that is named for what became of the routing table."""
    yield MetricSet({}, {f"RoutingTable{result.value}": _count(1)})


def batch_metrics(report: BatchReport) -> Iterator[MetricSet]:
    """Yield all of a batch's metrics: of the batch, its routes, its destinations, and its dead by reason."""
    yield MetricSet({}, _batch(report))
    table = report.outlets.router.table if report.outlets else None
    routes = _named((route.name for route in table.routes) if table else report.routes, "default")
    for name, outcomes in _summed(report.routes, routes).items():
        yield MetricSet({"route": name}, {NAMES[end]: _count(n) for end, n in outcomes.items()})
    destinations = _named(table.destinations if table else report.traffic)
    yield from _destinations(report, destinations)
    yield from _paused("destination", report.paused_destinations, destinations)
    yield from _paused("route", report.paused_routes, routes)
    by_reason = Counter({OTHER: 0})
    for reason, count in report.dead.items():
        by_reason[reason if reason in REASONS else OTHER] += count
    for reason, count in by_reason.items():
        if count:
            yield MetricSet({"reason": reason}, {"Dead": _count(count)})


def drain_metrics(report: DrainReport) -> Iterator[MetricSet]:
    """Yield the metrics of a batch of the hold queue: in all, and of its destinations.

    A message can name a destination that the table does not have; it is counted as OTHER.
    """
    metrics = {"Drained": _count(report.drained.total()), "HoldMessages": _count(report.messages)}
    if report.foreign:
        metrics["ForeignHoldMessages"] = _count(report.foreign)
    if report.oldest_ms:
        metrics["HoldOldestAge"] = Metric(Unit.SECONDS, [max(report.oldest_ms.values()) / 1000])
    yield MetricSet({}, metrics)
    named = _named(report.outlets.router.table.destinations if report.outlets else ())
    drained, dead, oldest_ms = Counter[str](), Counter[str](), dict[str, int]()
    for name in sorted({*report.drained, *report.dead, *report.oldest_ms}):
        shown = name if name in named else OTHER
        drained[shown] += report.drained[name]
        dead[shown] += report.dead[name]
        oldest_ms[shown] = max(oldest_ms.get(shown, 0), report.oldest_ms.get(name, 0))
    for name, age_ms in oldest_ms.items():
        of_one = {"Drained": _count(drained[name]), "HoldOldestAge": Metric(Unit.SECONDS, [age_ms / 1000])}
        if dead[name]:
            of_one["Dead"] = _count(dead[name])
        yield MetricSet({"destination": name}, of_one)


def _batch(report: BatchReport) -> dict[str, Metric]:
    duplicates = report.duplicates + report.outcomes[Outcome.DUPLICATE]
    counts = {
        "RecordsIn": report.records,
        "LateRecords": report.late,
        "Dispatched": report.outcomes[Outcome.DISPATCHED],
        "Diverted": report.outcomes[Outcome.DIVERTED],
        "Discarded": report.outcomes[Outcome.DISCARDED],
        "Duplicates": duplicates,
        "Held": report.outcomes[Outcome.HELD],
        "Failed": report.outcomes[Outcome.FAILED],
        "Dead": report.outcomes[Outcome.DEAD],
        "Pending": report.pending,
        "DestinationsDown": sum(state.circuit.open for state in report.outlets.states.values())
        if report.outlets
        else 0,
        "Paused": len(report.paused_destinations) + len(report.paused_routes),
        "LedgerWrites": report.ledger_writes,
        "DestinationCalls": sum(report.calls.values()),
    }
    seldom = {
        "Abandoned": report.abandoned,
        "RecreatedTopics": report.recreated,
        "RefusedPartitions": report.refused_partitions,
        "LostPartitions": report.lost_partitions,
    }
    counts |= {name: count for name, count in seldom.items() if count}
    metrics = {name: _count(count) for name, count in counts.items()}
    metrics["BatchTime"] = Metric(Unit.MILLISECONDS, [round(report.took_ms, 1)])
    metrics["LedgerAge"] = Metric(Unit.SECONDS, [report.oldest_ms / 1000])
    if report.ages_ms:
        metrics["KafkaToLambdaTime"] = Metric(Unit.MILLISECONDS, sample(report.ages_ms))
    return metrics


def _destinations(report: BatchReport, names: frozenset[str]) -> Iterator[MetricSet]:
    states = report.outlets.states if report.outlets else {}
    others: list[Traffic] = []
    diverted_to_others = 0
    for name in dict.fromkeys([*report.traffic, *report.diverted]):
        traffic = report.traffic.get(name, Traffic())
        if name not in names:
            others.append(traffic)
            diverted_to_others += report.diverted.get(name, 0)
            continue
        metrics = _traffic([traffic])
        if diverted := report.diverted.get(name):
            metrics["Diverted"] = _count(diverted)
        if state := states.get(name):
            metrics["BreakerOpen"] = _count(int(state.circuit.open))
            metrics["PaceLimit"] = _count(state.limit.limit)
        yield MetricSet({"destination": name}, metrics)
    if others:
        metrics = _traffic(others)
        if diverted_to_others:
            metrics["Diverted"] = _count(diverted_to_others)
        yield MetricSet({"destination": OTHER}, metrics)


def _paused(dimension: str, paused: Iterable[str], names: frozenset[str]) -> Iterator[MetricSet]:
    """Yield a metric for each of what an operator paused, and for nothing else."""
    for name, count in Counter(name if name in names else OTHER for name in sorted(paused)).items():
        yield MetricSet({dimension: name}, {"Paused": _count(count)})


def _traffic(all_of: list[Traffic]) -> dict[str, Metric]:
    metrics = {
        "Calls": _count(sum(traffic.calls for traffic in all_of)),
        "Messages": _count(sum(traffic.messages for traffic in all_of)),
    }
    if failed := sum(traffic.failed for traffic in all_of):
        metrics["FailedCalls"] = _count(failed)
    if throttled := sum(traffic.throttled for traffic in all_of):
        metrics["ThrottledCalls"] = _count(throttled)
    times = sample(seconds for traffic in all_of for seconds in traffic.seconds)
    if times:
        metrics["SendLatency"] = Metric(Unit.MILLISECONDS, [round(seconds * 1000, 2) for seconds in times])
    return metrics


def _named(names: Iterable[str], *besides: str) -> frozenset[str]:
    return frozenset(list(names)[:MOST_NAMES]) | set(besides)


def _summed(counts: Mapping[str, Counter[Outcome]], names: frozenset[str]) -> dict[str, Counter[Outcome]]:
    summed: dict[str, Counter[Outcome]] = {}
    for name, outcomes in counts.items():
        summed.setdefault(name if name in names else OTHER, Counter()).update(outcomes)
    return summed


def _count(count: int) -> Metric:
    return Metric(Unit.COUNT, [count])


def sample(values: Iterable[float], most: int = MOST_VALUES) -> list[float]:
    """Return up to `most` values with the distribution of all: the smallest, the largest and the quantiles between."""
    ordered = sorted(values)
    if len(ordered) <= most:
        return ordered
    return [ordered[place * (len(ordered) - 1) // (most - 1)] for place in range(most)]
