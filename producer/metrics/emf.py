"""The figures as CloudWatch's metrics."""

from typing import Any

from comboio.host.emf import document
from producer.metrics.meter import Figures
from producer.metrics.skew import by_topic, skew
from producer.options.instance import Instance

_UNITS = {
    "MessageRate": "Count/Second",
    "BytesRate": "Bytes/Second",
    "AckRate": "Count/Second",
    "AckLatencyP50": "Milliseconds",
    "AckLatencyP95": "Milliseconds",
    "AckLatencyP99": "Milliseconds",
    "Errors": "Count",
    "ErrorRate": "Percent",
    "Rejected": "Count",
    "Retries": "Count",
    "QueueDepth": "Count",
    "Spooled": "Count",
    "BlockedTime": "Seconds",
}
"""CloudWatch's unit of each metric."""
NAMESPACE = "Comboio/Producer"
"""The CloudWatch namespace; dashboards and alarms name it."""


class Emf:
    """Makes EMF documents of figures. A count is the growth since the document before."""

    def __init__(self, instance: Instance) -> None:
        self._instance = str(instance.number)
        self._before: Figures | None = None

    def documents(self, figures: Figures, wall_ms: int) -> list[dict[str, Any]]:
        """Make one document of the whole, and one for each topic with its skew (hottest partition over the mean)."""
        before, self._before = self._before, figures

        def since(name: str) -> float:
            return round(float(getattr(figures, name)) - float(getattr(before, name) if before else 0), 3)

        answered = since("errors") + figures.acked - (before.acked if before else 0)
        values = {
            "MessageRate": figures.rate,
            "BytesRate": figures.bytes_rate,
            "AckRate": figures.acked_rate,
            "AckLatencyP50": figures.ack_ms["p50"],
            "AckLatencyP95": figures.ack_ms["p95"],
            "AckLatencyP99": figures.ack_ms["p99"],
            "Errors": since("errors"),
            "ErrorRate": round(100 * since("errors") / answered, 3) if answered else 0.0,
            "Rejected": since("rejected"),
            "Retries": since("retries"),
            "QueueDepth": figures.queue,
            "Spooled": figures.spooled,
            "BlockedTime": since("blocked_s"),
        }
        documents = [document(NAMESPACE, wall_ms, {"Instance": self._instance}, values, _UNITS)]
        for topic, counts in by_topic(figures.partitions).items():
            skewed = {"PartitionSkew": round(skew(counts), 3)}
            documents.append(document(NAMESPACE, wall_ms, {"Topic": topic}, skewed, {"PartitionSkew": "None"}))
        return documents
