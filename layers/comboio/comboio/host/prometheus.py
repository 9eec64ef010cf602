"""Prometheus's text format, version 0.0.4: what `/metrics` answers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from comboio.host.page import Page

_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""The format's name."""

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
"""What a label's value must not have as it is."""


class Sample(NamedTuple):
    """One value of a metric."""

    value: float
    labels: Mapping[str, str] = {}
    suffix: str = ""
    """What follows the metric's name: a histogram's `_bucket`, `_sum` or `_count`."""


class Metric(NamedTuple):
    """A metric with its values; a counter's name ends in `_total`."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    sentence: str
    samples: Sequence[Sample]


def metrics_page(metrics: Iterable[Metric]) -> Page:
    """Return the page of these metrics; one without values is left out."""
    return Page(_CONTENT_TYPE, "".join(f"{line}\n" for metric in metrics for line in _lines(metric)).encode())


def _lines(metric: Metric) -> Iterator[str]:
    if metric.samples:
        yield f"# HELP {metric.name} {metric.sentence}"
        yield f"# TYPE {metric.name} {metric.kind}"
    for value, labels, suffix in metric.samples:
        pairs = ",".join(f'{name}="{text.translate(_ESCAPES)}"' for name, text in labels.items())
        yield f"{metric.name}{suffix}{f'{{{pairs}}}' if pairs else ''} {value}"
