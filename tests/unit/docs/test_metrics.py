"""docs/reference/metrics.md has each metric that the code writes."""

import re
from dataclasses import fields
from pathlib import Path

from consumer.observe.emf import UNITS
from consumer.observe.prometheus import COUNTERS, DISTRIBUTIONS, GAUGES, PARTITIONS, TOTALS
from consumer.observe.stats import Counters
from dlq_replayer.observe.audit import MEASURED
from producer.metrics.meter import Figures

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "reference" / "metrics.md").read_text(encoding="utf-8")
NAME = re.compile(r"[\"\'](?:RoutingTable)?([A-Z][a-z]+[A-Za-z0-9]*)[\"\'](?::|\])")
"""A metric's name where it is a key: capitals at the words, no spaces."""


def section(title: str) -> str:
    """Return a section of the page."""
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def written(*sources: str) -> set[str]:
    """Return the names of metrics in some source files."""
    return {name for source in sources for name in NAME.findall((ROOT / source).read_text(encoding="utf-8"))}


def unnamed(names: set[str], title: str) -> set[str]:
    """Return those of the names that a section of the page lacks."""
    return {name for name in names if not re.search(rf"\b{name}\b", section(title))}


def test_the_dispatcher_s_metrics() -> None:
    """Each metric of a batch is on the page."""
    names = written("functions/dispatcher/observe/metrics.py")
    assert {"RecordsIn", "BreakerOpen"} <= names
    assert not unnamed(names, "Dispatcher")


def test_the_replayer_s_metrics() -> None:
    """Each metric of a run is on the page."""
    names = {"".join(part.capitalize() for part in name.split("_")) for name in MEASURED} | {"Remaining", "OldestAge"}
    assert not unnamed(names, "Replayer")


def test_the_producer_s_metrics() -> None:
    """Each figure is on the page, and each metric of the CloudWatch agent."""
    names = written("producer/metrics/emf.py") - {
        "Timestamp",
        "CloudWatchMetrics",
        "Namespace",
        "Dimensions",
        "Metrics",
    }
    names -= {"Name", "Unit", "Instance", "Topic"}
    assert "QueueDepth" in names
    assert not unnamed(names | {field.name for field in fields(Figures)}, "Producer")


def test_the_consumer_s_metrics() -> None:
    """Each counter is on the page, each metric of the CloudWatch agent, and each of Prometheus."""
    prometheus = {*COUNTERS, *TOTALS, *GAUGES, *PARTITIONS, *DISTRIBUTIONS}
    assert not unnamed({field.name for field in fields(Counters)} | UNITS.keys() | prometheus, "Consumer")
