"""The dashboard of template.yaml shows metrics that are there, under the names and dimensions that they have."""

import json
import re
from collections import Counter
from math import ceil
from typing import Any

from pytest import approx

from dispatcher.observe.drain_report import DrainReport
from dispatcher.observe.metrics import NAMES, batch_metrics, drain_metrics
from dispatcher.observe.report import BatchReport
from plan.cost.bill import SECONDS_A_MONTH, Dispatching, dispatching
from plan.prices.prices import Prices
from tests.support.template import ROOT, TEMPLATE

BODY, VALUES = TEMPLATE.of_type("AWS::CloudWatch::Dashboard")["Dashboard"]["DashboardBody"]["Sub"]
WIDGETS: list[dict[str, Any]] = json.loads(BODY)["widgets"]
LINES = [line for widget in WIDGETS for line in widget["properties"]["metrics"]]
OWN = "Comboio/${AWS::StackName}"
SEARCH = re.compile(
    r"SEARCH\('\{\"([^\"]+)\",(\w+),service\} MetricName=\"(\w+)\" service=\"([\w-]+)\"', '[\w.]+', 60\)"
)

OF_AWS = {
    "AWS/Lambda": {
        *("SumOffsetLag", "MaxOffsetLag", "Errors", "Throttles", "ConcurrentExecutions"),
        *("Duration", "Invocations", "ProvisionedPollers"),
    },
    "AWS/SQS": {"ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible", "SentMessageSize"},
    "AWS/Kafka": {"OffsetLag"},
    "AWS/DynamoDB": {"ConsumedWriteCapacityUnits"},
    "AWS/Logs": {"IncomingBytes"},
}
"""Metrics of AWS (Lambda, "Types of metrics"; SQS, "Available CloudWatch metrics"; MSK, "Metrics of consumer lag";
DynamoDB, "Metrics and dimensions"; CloudWatch Logs, "Monitoring usage")."""

(COST,) = (widget["properties"]["metrics"] for widget in WIDGETS if "Cost of" in widget["properties"]["title"])
MEMORY_MB = 1769


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
    searched = [line[0]["expression"] for line in LINES if isinstance(line[0], dict) and "id" not in line[0]]
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
    asked = [
        "SumOffsetLag",
        "OffsetLag",
        "LedgerAge",
        "HoldOldestAge",
        "RecordsIn",
        "Duplicates",
        "BreakerOpen",
        "Paused",
    ]
    asked += ["DestinationsDown", "Throttles", "ThrottledCalls", "ConcurrentExecutions", ",reason,", ",destination,"]
    assert not [name for name in asked if name not in BODY]


def cost(**usage: float) -> dict[str, float]:
    """Return what the lines of the cost say of a minute with this usage; what is not named has no value."""
    found: dict[str, float] = dict(usage)
    functions = {"FILL": lambda value, other: other if value is None else value, "CEIL": ceil, "PERIOD": lambda _: 60}
    for line in COST:
        if not isinstance(line[0], dict):
            continue
        expression = (
            line[0]["expression"].replace("${FunctionMemoryMegabytes}", str(MEMORY_MB)).replace("lambda", "compute")
        )
        names: dict[str, Any] = {each[-1]["id"]: None for each in COST} | functions | found
        found[line[0]["id"]] = eval(expression, {}, names)  # noqa: S307 - the template's own
    return found


def test_what_a_million_records_cost_is_what_the_planner_says() -> None:
    """From the usage of a minute, by the same prices: Lambda, pollers, table, queues and logs."""
    prices, rate, busy = Prices.load(), 13_000.0, 0.8
    use = Dispatching(rate=rate, batches=4, partitions=14, window_s=1.0, busy=busy, units=1, requests=100.0, claims=0.0)
    month = dispatching(prices, use)
    records, million = rate * 60, SECONDS_A_MONTH * rate / 1e6
    said = cost(
        records=records,
        ms1=busy * 60_000,
        calls1=240,
        pollers1=7,
        pollers2=2,
        writes=28 * 60,
        sends=6_000,
        logs1=600_000,
    )
    assert said["compute"] == approx(month["Lambda"] / million)
    assert said["polling"] == approx(month["event pollers"] / million)
    assert said["table"] == approx(month["DynamoDB"] / million)
    assert said["queues"] == approx(month["queues"] / million)
    assert said["logs"] == approx(600_000 / 1e9 * prices["logs_gb"] / records * 1e6)
    assert said["all"] == approx(sum(said[name] for name in ("compute", "polling", "table", "queues", "logs")))


def test_large_messages_and_a_second_unit_cost_more() -> None:
    """Each 64 KB that is sent is a request, and ten pollers are a unit."""
    small, large = (cost(records=1e6, sends=10, bytes1=size) for size in (0, 65_536e6))
    assert large["queues"] - small["queues"] == approx(0.4)
    assert cost(records=1.0, pollers1=11)["polling"] == approx(2 * cost(records=1.0, pollers1=10)["polling"])


def test_the_drainer_has_its_own_memory() -> None:
    """Its seconds cost what the template gives it, and not what the dispatcher has."""
    memory_mb = TEMPLATE.resources["DrainerFunction"]["Properties"]["MemorySize"]
    one, other = cost(records=1.0, ms1=1_000)["compute"], cost(records=1.0, ms3=1_000)["compute"]
    assert other / one == approx(memory_mb / MEMORY_MB)


def test_a_metric_with_a_name_is_used() -> None:
    """What only feeds the sums is not drawn, and feeds one."""
    hidden = [line[-1]["id"] for line in COST if not line[-1].get("visible", True)]
    said = " ".join(line[0]["expression"] for line in COST if isinstance(line[0], dict))
    assert len(hidden) == len(set(hidden)) == 17
    assert [name for name in hidden if not re.search(rf"\b{name}\b", said)] == []


def test_no_two_graphs_lie_over_each_other() -> None:
    """Each graph has a place and a title of its own, and fits CloudWatch's 24 columns."""
    assert max(Counter((widget["x"], widget["y"]) for widget in WIDGETS).values()) == 1
    assert all(widget["x"] + widget["width"] <= 24 for widget in WIDGETS)
    assert len({widget["properties"]["title"] for widget in WIDGETS}) == len(WIDGETS)
