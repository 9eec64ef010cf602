"""The board asks CloudWatch for the dashboard's own lines, and shows the newest whole minute of each."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ops.watch import holding, lag, ledgers
from ops.watch.dashboard import UnreadableDashboardError, Widget, panel, queries, span, widgets
from ops.watch.panel import Row
from tests.support.template import TEMPLATE

BODY, _ = TEMPLATE.of_type("AWS::CloudWatch::Dashboard")["Dashboard"]["DashboardBody"]["Sub"]


def test_every_graph_of_the_stack_s_dashboard_is_asked_for() -> None:
    """Each line becomes one query with an id of its own, of the kinds that GetMetricData takes."""
    found = widgets(BODY)
    assert [widget.title for widget in found] == [each["properties"]["title"] for each in json.loads(BODY)["widgets"]]
    for widget in found:
        asked = queries(widget)
        assert len({query["Id"] for query in asked}) == len(asked) == len(widget.lines)
        for query in asked:
            assert ("Expression" in query) != ("MetricStat" in query)
            assert re.fullmatch(r"[a-z]\w*", query["Id"]), "CloudWatch takes no other ids"


def test_a_line_keeps_its_statistic_dimensions_and_name() -> None:
    """The board's number is the dashboard's: same metric, same statistic, same label."""
    line = ["Comboio/s", "LedgerAge", "service", "comboio-dispatcher", {"stat": "Maximum", "label": "in Kafka"}]
    (query,) = queries(Widget("t", 60, [line]))
    assert query["Label"] == "in Kafka"
    assert query["MetricStat"] == {
        "Metric": {
            "Namespace": "Comboio/s",
            "MetricName": "LedgerAge",
            "Dimensions": [{"Name": "service", "Value": "comboio-dispatcher"}],
        },
        "Period": 60,
        "Stat": "Maximum",
    }


def test_a_line_that_only_feeds_others_has_no_row() -> None:
    """What the dashboard hides is asked for without its result."""
    lines = [["N", "M", {"id": "m1", "visible": False, "stat": "Sum"}], [{"expression": "m1*2", "label": "twice"}]]
    hidden, shown = queries(Widget("t", 60, lines))
    assert (hidden["Id"], hidden["ReturnData"]) == ("m1", False)
    assert (shown["Expression"], shown["Label"], shown["ReturnData"]) == ("m1*2", "twice", True)


def test_the_running_minute_is_not_asked_for() -> None:
    """Its sums are not whole: a board that showed them would show throughput fall once a minute."""
    begin, end = span(datetime(2026, 11, 29, 10, 3, 59, tzinfo=UTC))
    assert end == datetime(2026, 11, 29, 10, 3, tzinfo=UTC)
    assert end - begin == timedelta(minutes=5)


def test_the_newest_value_of_a_line_is_shown() -> None:
    """CloudWatch answers with the newest first; a line without a value is not known, not 0."""
    widget = Widget("t", 60, [["N", "A", {"label": "a"}], ["N", "B", {"label": "b"}], ["N", "C", {"label": ""}]])
    results: list[dict[str, Any]] = [
        {"Id": "line0", "Label": "a", "Values": [7.0, 900.0]},
        {"Id": "line1", "Label": "b", "Values": []},
        {"Id": "line2", "Label": "", "Values": []},
    ]
    assert panel(widget, results).rows == [Row("a", 7.0), Row("b", None)]


def test_two_searches_of_a_graph_can_be_told_apart() -> None:
    """Both find the destination `partner`: the row says of which metric it is."""
    search = "SEARCH('{\"N\",destination,service} MetricName=\"%s\"', 'Sum', 60)"
    widget = Widget("t", 60, [[{"expression": search % "FailedCalls"}], [{"expression": search % "ThrottledCalls"}]])
    results: list[dict[str, Any]] = [
        {"Id": "line0", "Label": "partner", "Values": [3.0]},
        {"Id": "line1", "Label": "partner", "Values": [4.0]},
        {"Id": "line1", "Label": "events", "Values": []},
    ]
    assert panel(widget, results).rows == [Row("partner FailedCalls", 3.0), Row("partner ThrottledCalls", 4.0)]


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"widgets": [{}]}', '{"widgets": [{"properties": {"metrics": 1}}]}'])
def test_a_dashboard_that_is_none_is_one_sentence(body: str) -> None:
    """Whatever is in its place, the board goes on and says what to do."""
    with pytest.raises(UnreadableDashboardError, match="Deploy the stack again"):
        widgets(body)


@pytest.mark.parametrize("line", [[], ["N"], ["N", "M", "service"], 7, None, [{}]])
def test_a_line_that_was_edited_by_hand_is_one_sentence(line: object) -> None:
    """A line that is not written out is that graph's fault alone."""
    with pytest.raises(UnreadableDashboardError, match="A line of this graph"):
        queries(Widget("t", 60, [line]))


def test_here_and_on_aws_the_same_thing_has_the_same_name() -> None:
    """What the board shows of a local stack has the title of the dashboard's graph, where there is one."""
    titles = {widget.title for widget in widgets(BODY)}
    assert {lag.SUM, lag.WORST, holding.OLDEST, ledgers.PENDING} <= titles
