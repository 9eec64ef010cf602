"""The figures as Prometheus's metrics."""

from collections.abc import Iterator, Mapping
from typing import Literal

from comboio.host.prometheus import Metric, Sample
from producer.metrics.meter import Figures

_COUNTERS = {
    "produced": "Messages handed to the Kafka client.",
    "errors": "Messages that Kafka refused for good.",
    "rejected": "Readings refused before they were produced.",
    "recovered": "Messages that the spool had at the start.",
    "retries": "Messages that the client sent again.",
    "bytes": "Payload bytes produced.",
    "blocked_s": "Seconds that workers waited for room in the queue.",
}
"""Figures that only rise, each with its help text."""

_GAUGES = {
    "queue": "Messages without an acknowledgement.",
    "spooled": "Messages that wait on disk.",
    "rate": "Messages produced a second.",
    "bytes_rate": "Payload bytes produced a second.",
}
"""Figures that rise and fall, each with its help text."""


def prometheus_metrics(figures: Figures) -> Iterator[Metric]:
    """Return the figures as metrics."""
    yield from _plain(figures, "counter", _COUNTERS, "_total")
    yield from _plain(figures, "gauge", _GAUGES, "")
    acked = []
    for place, count in figures.partitions.items():
        topic, _, partition = place.rpartition("-")
        acked.append(Sample(count, {"topic": topic, "partition": partition}))
    yield Metric("comboio_producer_acked_total", "counter", "Messages acknowledged, by partition.", acked)
    yield Metric(
        "comboio_producer_ack_milliseconds",
        "gauge",
        "Time from producing to acknowledgement, of the last second.",
        [Sample(ms, {"quantile": f"0.{name[1:]}"}) for name, ms in figures.ack_ms.items()],
    )


def _plain(
    figures: Figures, kind: Literal["counter", "gauge"], names: Mapping[str, str], suffix: str
) -> Iterator[Metric]:
    for name, sentence in names.items():
        metric = f"comboio_producer_{name.removesuffix('_s')}{'_seconds' if name.endswith('_s') else ''}{suffix}"
        yield Metric(metric, kind, sentence, [Sample(getattr(figures, name))])
