"""The statistics as CloudWatch's metrics."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from comboio.host.emf import MOST_VALUES, document
from consumer.observe.distribution import Distribution

NAMESPACE = "Comboio/Consumer"
"""The CloudWatch namespace; dashboards and alarms name it."""

UNITS = {
    "Polled": "Count",
    "Filtered": "Count",
    "Succeeded": "Count",
    "Failed": "Count",
    "Retried": "Count",
    "Discarded": "Count",
    "FailedInvocations": "Count",
    "CommitFailures": "Count",
    "Pauses": "Count",
    "PausedPartitions": "Count",
    "Retrying": "Count",
    "StalledTime": "Seconds",
    "BatchSize": "Count",
    "InvokeTime": "Milliseconds",
    "Lag": "Count",
    "LagAge": "Seconds",
}
"""CloudWatch's unit of each metric."""


class EmfLines:
    """Sends documents of each line of statistics: one of the group, and one of each topic with its partitions' lag."""

    def __init__(
        self,
        group: str,
        batch_records: Distribution,
        invoke_s: Distribution,
        wall_ms: Callable[[], int],
        send: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self._group = group
        self._batch_records = batch_records
        self._invoke_s = invoke_s
        self._wall_ms = wall_ms
        self._send = send
        self._before: Mapping[str, Any] = {}

    def write(self, line: Mapping[str, Any]) -> None:
        """Send a line's documents."""
        before, self._before = self._before, line
        values: dict[str, Any] = {
            "Polled": line["polled"],
            "Filtered": line["filtered"],
            "Succeeded": line["succeeded"],
            "Failed": line["failed"],
            "Retried": line["retried"],
            "Discarded": line["discarded"],
            "FailedInvocations": line["failed_invocations"],
            "CommitFailures": line["commit_failures_total"] - before.get("commit_failures_total", 0),
            "Pauses": line["pauses_total"] - before.get("pauses_total", 0),
            "PausedPartitions": len(line["paused"]),
            "Retrying": line["retrying"],
            "StalledTime": line["stalled_s"],
        }
        if records := self._batch_records.take():
            values["BatchSize"] = records
        if seconds := self._invoke_s.take():
            values["InvokeTime"] = [round(1000 * each, 1) for each in seconds]
        self._document({"Group": self._group}, values)
        for topic, behind in _by_topic(line).items():
            self._document({"Group": self._group, "Topic": topic}, *behind)

    def _document(
        self, dimensions: Mapping[str, str], values: Mapping[str, Any], properties: Mapping[str, Any] | None = None
    ) -> None:
        self._send(document(NAMESPACE, self._wall_ms(), dimensions, values, UNITS, properties))


def _by_topic(line: Mapping[str, Any]) -> dict[str, tuple[dict[str, list[float]], dict[str, Any]]]:
    """Return the values of each topic, a value a partition, and which partition has which; the furthest behind."""
    topics: dict[str, tuple[dict[str, list[float]], dict[str, Any]]] = {}
    for metric, name in (("Lag", "lag"), ("LagAge", "lag_s")):
        for partition, value in _worst_first(line[name]):
            values, properties = topics.setdefault(partition.rpartition("-")[0], ({}, {}))
            if len(known := values.setdefault(metric, [])) < MOST_VALUES:
                known.append(value)
                properties.setdefault(f"{metric}ByPartition", {})[partition.rpartition("-")[2]] = value
    return topics


def _worst_first(values: Mapping[str, float | None]) -> Iterator[tuple[str, float]]:
    known = [(partition, value) for partition, value in values.items() if value is not None]
    yield from sorted(known, key=lambda each: -each[1])
