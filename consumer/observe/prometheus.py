"""The statistics as Prometheus's metrics."""

from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Any

from comboio.host.prometheus import Metric, Sample
from consumer.observe.distribution import Distribution

PREFIX = "comboio_consumer_"

COUNTERS = {
    "polled": "Records fetched.",
    "filtered": "Records that the filters leave out; they count as handled.",
    "invocations": "Invocations that have ended.",
    "invoked": "Records in invocations that have ended.",
    "succeeded": "Records that the function did.",
    "failed": "Records that the function did not do, each time.",
    "failed_invocations": "Invocations without an answer.",
    "retried": "Records invoked again after a failure.",
    "redelivered": "Records delivered again on purpose (CONSUMER_FAULTS).",
    "discarded": "Records written to the on-failure destination.",
}
"""Counts of the line's totals, each with its help text."""

TOTALS = {
    "committed_total": "Offsets committed.",
    "commit_failures_total": "Commits that failed.",
    "pauses_total": "Times that a partition was paused.",
}
"""Counts that the line itself has, each with its help text."""

GAUGES = {
    "brokers_up": "Connections to brokers that work.",
    "owned": "Partitions of this process.",
    "in_flight": "Invocations under way.",
    "pollers": "Pollers, each with CONSUMER_CONCURRENCY invocations at most.",
    "fresh": "Records that wait for their first invocation.",
    "retrying": "Records that wait for a retry.",
    "stalled_s": "Seconds for which records wait and none was done; 0 if none waits.",
}
"""Figures that rise and fall, each with its help text."""

DISTRIBUTIONS = {
    "batch_records": "Records of an invocation.",
    "invoke_seconds": "Time of an invocation.",
}
"""Figures by buckets, each with its help text."""

PARTITIONS = {
    "lag": "Records between the committed position and the partition's end.",
    "lag_s": "Age of the first record that is not done; 0 if none waits.",
}
"""Figures of each partition where they are known, each with its help text."""


def prometheus_metrics(
    line: Mapping[str, Any], distributions: Mapping[str, Distribution], since_turn_s: float, *, healthy: bool
) -> Iterator[Metric]:
    """Return the last line of statistics as metrics, with what is true at this moment: the loop may be stuck."""
    yield _gauge("healthy", "Whether the service works; 0 asks for a restart.", [Sample(int(healthy))])
    yield _gauge("turn_age_seconds", "Seconds since the loop last went round.", [Sample(round(since_turn_s, 3))])
    if not line:
        return
    for name, sentence in COUNTERS.items():
        yield _counter(f"{name}_total", sentence, line["totals"][name])
    for name, sentence in TOTALS.items():
        yield _counter(name, sentence, line[name])
    for name, sentence in GAUGES.items():
        yield _gauge(_in_seconds(name), sentence, [Sample(line[name])] if line[name] is not None else [])
    for name, sentence in DISTRIBUTIONS.items():
        yield Metric(PREFIX + name, "histogram", sentence, _buckets(distributions[name]))
    for name, sentence in PARTITIONS.items():
        samples = [Sample(value, _labels(place)) for place, value in line[name].items() if value is not None]
        yield _gauge(_in_seconds(name), sentence, samples)
    paused = [Sample(int(place in line["paused"]), _labels(place)) for place in line["lag"]]
    yield _gauge("paused", "Whether the partition is paused, until earlier records are done.", paused)


def _counter(name: str, sentence: str, value: float) -> Metric:
    return Metric(PREFIX + name, "counter", sentence, [Sample(value)])


def _gauge(name: str, sentence: str, samples: list[Sample]) -> Metric:
    return Metric(PREFIX + name, "gauge", sentence, samples)


def _in_seconds(name: str) -> str:
    return f"{name[:-2]}_seconds" if name.endswith("_s") else name


def _labels(partition: str) -> dict[str, str]:
    topic, _, number = partition.rpartition("-")
    return {"topic": topic, "partition": number}


def _buckets(distribution: Distribution) -> list[Sample]:
    upto = list(accumulate(distribution.counts))
    bounds = [*(f"{bound:g}" for bound in distribution.bounds), "+Inf"]
    buckets = [Sample(count, {"le": bound}, "_bucket") for count, bound in zip(upto, bounds, strict=True)]
    return [*buckets, Sample(round(distribution.total, 6), suffix="_sum"), Sample(upto[-1], suffix="_count")]
