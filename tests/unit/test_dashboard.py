"""The dashboard of template.yaml shows metrics that are there, under the names and dimensions that they have."""

import json
import re
from collections import Counter
from typing import Any

from dispatcher.observe.drain_report import DrainReport
from dispatcher.observe.metrics import NAMES, batch_metrics, drain_metrics
from dispatcher.observe.report import BatchReport
from tests.support.template import ROOT, TEMPLATE

BODY, VALUES = TEMPLATE.of_type("AWS::CloudWatch::Dashboard")["Dashboard"]["DashboardBody"]["Sub"]
WIDGETS: list[dict[str, Any]] = json.loads(BODY)["widgets"]
LINES = [line for widget in WIDGETS for line in widget["properties"]["metrics"]]
OWN = "Comboio/${AWS::StackName}"
SEARCH = re.compile(
    r"SEARCH\('\{\"([^\"]+)\",(\w+),service\} MetricName=\"(\w+)\" service=\"([\w-]+)\"', '[\w.]+', 60\)"
)

OF_AWS = {
    "AWS/Lambda": {"SumOffsetLag", "MaxOffsetLag", "Errors", "Throttles", "ConcurrentExecutions"},
    "AWS/SQS": {"ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible"},
    "AWS/Kafka": {"OffsetLag"},
}
"""Metrics of AWS (Lambda, "Types of metrics"; SQS, "Available CloudWatch metrics"; MSK, "Metrics of consumer lag")."""


def documented(name: str, dimension: str) -> bool:
    """Return whether the reference has a metric of the dispatcher with a dimension; empty: with none."""
    page = (ROOT / "docs/reference/metrics.md").read_text(encoding="utf-8").partition("\n## Replayer")[0]
    for names, _, dimensions in re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|", page, re.MULTILINE):
        if name in names.split(", "):
            return f"`{dimension}`" in dimensions if dimension else dimensions.startswith("none")
    return False


def test_each_metric_of_ours_is_one_that_the_functions_write() -> None:
    """Each is written by its service, with that dimension; a misspelt one would be a graph that stays empty."""
    held = DrainReport()
    held.oldest_ms["d"] = 1
    written = {name for found in batch_metrics(BatchReport(abandoned=1, ages_ms=[1])) for name in found.metrics}
    written |= {name for found in drain_metrics(held) for name in found.metrics} | set(NAMES.values())
    source = (ROOT / "functions/dispatcher/observe/metrics.py").read_text(encoding="utf-8")
    shown = [(line[1], "", line[3]) for line in LINES if line[0] == OWN]
    for found in map(SEARCH.fullmatch, (line[0]["expression"] for line in LINES if isinstance(line[0], dict))):
        if found:
            assert found[1] == OWN
            shown.append((found[3], found[2], found[4]))
    assert len(shown) > 20
    for name, dimension, service in shown:
        assert name in written or f'metrics["{name}"]' in source, name
        assert documented(name, dimension), f"{name} by {dimension or 'nothing'}"
        assert service in {"comboio-dispatcher", "comboio-drainer"}


def test_each_search_is_understood() -> None:
    """A search names namespace, dimensions and service in full, or it is the one over MSK's own metric."""
    searched = [line[0]["expression"] for line in LINES if isinstance(line[0], dict)]
    others = [each for each in searched if not SEARCH.fullmatch(each)]
    (msk,) = others
    assert 'Namespace="AWS/Kafka" MetricName="OffsetLag" "${ConsumerGroup}"' in msk


def test_each_metric_of_aws_is_known() -> None:
    """The rest are AWS's own, under AWS's names."""
    for line in LINES:
        if not isinstance(line[0], dict) and line[0] != OWN:
            assert line[1] in OF_AWS[line[0]], line


def test_every_name_in_it_is_of_the_template() -> None:
    """What it takes from the stack is a resource, a parameter, or a value beside it where it may be missing."""
    names = {each.partition(".")[0] for each in re.findall(r"\$\{([^}]+)\}", BODY)}
    assert names <= {*TEMPLATE.resources, *TEMPLATE.parameters, *VALUES, "AWS::StackName", "AWS::Region"}
    conditional = {name for name, each in TEMPLATE.resources.items() if "Condition" in each}
    assert not names & conditional, "a resource that is not there cannot be named"


def test_it_answers_what_is_asked_first() -> None:
    """Lag, age, throughput, copies, the dead and held by reason and destination, circuits, throttles, concurrency."""
    asked = ["SumOffsetLag", "OffsetLag", "LedgerAge", "HoldOldestAge", "RecordsIn", "Duplicates", "BreakerOpen"]
    asked += ["DestinationsDown", "Throttles", "ThrottledCalls", "ConcurrentExecutions", ",reason,", ",destination,"]
    assert not [name for name in asked if name not in BODY]


def test_no_two_graphs_lie_over_each_other() -> None:
    """Each graph has a place and a title of its own, and fits CloudWatch's 24 columns."""
    assert max(Counter((widget["x"], widget["y"]) for widget in WIDGETS).values()) == 1
    assert all(widget["x"] + widget["width"] <= 24 for widget in WIDGETS)
    assert len({widget["properties"]["title"] for widget in WIDGETS}) == len(WIDGETS)
