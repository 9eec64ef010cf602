"""Reads a dashboard as CloudWatch keeps it, and asks for the newest value of each of its lines. Pure.

The board has the dashboard's graphs by its own body, so that names, dimensions and statistics are the same in both.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from comboio.errors import InvalidDataError
from ops.watch.panel import Panel, Row

_WITHIN = timedelta(minutes=5)
"""How far back a value may lie: what functions write reaches CloudWatch within two minutes, SQS's own within five."""

_METRIC = re.compile(r'MetricName="?(\w+)"?')
"""The metric that a search is for."""


class Widget(NamedTuple):
    """A graph, and the lines that it draws."""

    title: str
    period_s: int
    lines: Sequence[Any]
    """As in the dashboard's body."""


class UnreadableDashboardError(InvalidDataError):
    """The dashboard's body is not of the form that CloudWatch documents."""


def widgets(body: str) -> list[Widget]:
    """Return the graphs of a dashboard; texts and alarms are none.

    Raises:
        UnreadableDashboardError: it is not a dashboard's body.
    """
    try:
        found = [each["properties"] for each in json.loads(body)["widgets"] if "metrics" in each["properties"]]
        return [Widget(str(each["title"]), int(each.get("period", 300)), each["metrics"]) for each in found]
    except (ValueError, LookupError, TypeError):
        raise UnreadableDashboardError(
            "The dashboard's body cannot be read. Was it edited by hand? Deploy the stack again to have it back."
        ) from None


def queries(widget: Widget) -> list[dict[str, Any]]:
    """Return what GetMetricData is asked for: one query a line, those that only feed others without a result.

    Raises:
        UnreadableDashboardError: a line is not of a form that is written out, as after an edit by hand.
    """
    try:
        return [_query(f"line{number}", line, widget.period_s) for number, line in enumerate(widget.lines)]
    except (ValueError, LookupError, TypeError, AttributeError):
        raise UnreadableDashboardError(
            "A line of this graph cannot be read. Was it edited by hand? Deploy the stack again to have it back."
        ) from None


def _query(name: str, line: Sequence[Any], period_s: int) -> dict[str, Any]:
    options = line[-1] if isinstance(line[-1], dict) else {}
    query: dict[str, Any] = {"Id": options.get("id", name), "ReturnData": options.get("visible", True)}
    if "expression" in options:
        query |= {"Expression": options["expression"], "Period": period_s}
        return query | ({"Label": options["label"]} if "label" in options else {})
    namespace, metric, *pairs = line[:-1] if options else line
    dimensions = [{"Name": each, "Value": value} for each, value in zip(pairs[::2], pairs[1::2], strict=True)]
    found = {"Namespace": namespace, "MetricName": metric, "Dimensions": dimensions}
    stat = {"Metric": found, "Period": period_s, "Stat": options.get("stat", "Average")}
    return query | {"MetricStat": stat, "Label": options.get("label", metric)}


def span(now: datetime) -> tuple[datetime, datetime]:
    """Return the times to ask for: whole minutes, since a sum of the running one would be too low."""
    end = now.replace(second=0, microsecond=0)
    return end - _WITHIN, end


def panel(widget: Widget, results: Iterable[Mapping[str, Any]]) -> Panel:
    """Return the newest value of each line, in the dashboard's order; what has neither name nor value is left out."""
    asked = {query["Id"]: query for query in queries(widget)}
    searches = [query for query in asked.values() if "SEARCH(" in query.get("Expression", "")]
    rows = []
    for each in results:
        values = each.get("Values") or []
        label = str(each.get("Label", ""))
        found = _METRIC.search(asked.get(each.get("Id", ""), {}).get("Expression", ""))
        if found and len(searches) > 1 and found[1] not in label:
            label = f"{label} {found[1]}"  # two searches find the same destinations
        if values or (label and not found):
            rows.append(Row(label, float(values[0]) if values else None))
    return Panel(widget.title, rows)
