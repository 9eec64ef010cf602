"""LagBudget of template.yaml goes off when late records spend the month's budget too fast, and not before."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import pytest

from dispatcher.observe.metrics import batch_metrics
from dispatcher.observe.report import BatchReport
from tests.support.template import EVERYTHING, TEMPLATE, Node

WINDOWS = {
    name: each for name, each in EVERYTHING.of_type("AWS::CloudWatch::Alarm").items() if name.startswith("LagBudget")
}
BUDGET = EVERYTHING.of_type("AWS::CloudWatch::CompositeAlarm")["LagBudget"]
PERCENT = TEMPLATE.parameters["LateRecordsPercent"]["Default"]


class Minute(NamedTuple):
    """What the dispatcher counted within a minute."""

    late: int
    records: int = 1_000


def rate(window: Node, minutes: Sequence[Minute], percent: float = PERCENT) -> float:
    """Return what the alarm's expression comes to, over the window that ends with the last of the minutes."""
    (expression,) = [each for each in window["Metrics"] if "Expression" in each]
    stats = {each["Id"]: each["MetricStat"] for each in window["Metrics"] if "MetricStat" in each}
    (period,) = {each["Period"] for each in stats.values()}
    recent = minutes[-period // 60 :]
    values = {name: sum(getattr(minute, name) for minute in recent) for name in ("late", "records")}
    text = expression["Expression"]["Sub"].replace("${LateRecordsPercent}", str(percent))
    return float(eval(text, {}, values))  # noqa: S307 - arithmetic of our own template


def goes_off(minutes: Sequence[Minute], percent: float = PERCENT) -> bool:
    """Return whether the composite alarm is on after the last of the minutes."""
    rule = BUDGET["AlarmRule"]["Sub"].replace("AND", "and").replace("OR", "or")
    on: dict[str, Callable[[str], bool]] = {
        "ALARM": lambda name: rate(WINDOWS[name[2:-1]], minutes, percent) > WINDOWS[name[2:-1]]["Threshold"]
    }
    return bool(eval(rule, on))  # noqa: S307 - as above


def first(minutes: Sequence[Minute], *, on: bool) -> int | None:
    """Return after how many of the minutes the alarm is on, or off, for the first time."""
    return next((n for n in range(1, len(minutes) + 1) if goes_off(minutes[:n]) is on), None)


GOOD = [Minute(0)] * 360
"""Six hours in which no record was late."""


def test_it_goes_off_within_minutes_when_every_record_is_late() -> None:
    """A month's budget of 1% lasts seven hours then: someone knows after nine minutes, 2% of it being gone."""
    minutes = [*GOOD, *[Minute(1_000)] * 30]
    assert first(minutes, on=True) == len(GOOD) + 9


def test_it_is_over_minutes_after_records_are_in_time_again() -> None:
    """The short window ends it: nobody is kept awake by what was an hour ago."""
    bad = [*GOOD, *[Minute(1_000)] * 20]
    assert goes_off(bad)
    after = [n for n in range(1, 60) if not goes_off([*bad, *[Minute(0)] * n])]
    assert after[0] <= 30
    assert after == list(range(after[0], 60)), "and it stays over"


@pytest.mark.parametrize("minutes", [1, 5, 8])
def test_a_short_disturbance_wakes_nobody(minutes: int) -> None:
    """A restart, or a rebalance that makes everything late for some minutes, is what the budget is for."""
    assert first([*GOOD, *[Minute(1_000)] * minutes, *GOOD], on=True) is None


def test_it_goes_off_within_hours_when_some_records_are_late_all_the_time() -> None:
    """Eight percent, forever: too few for the fast windows, and the budget would last four days."""
    minutes = [*GOOD, *[Minute(80)] * 400]
    assert 200 < (first(minutes, on=True) or 0) - len(GOOD) < 360


@pytest.mark.parametrize("late", [0, 10, 50])
def test_it_stays_silent_while_the_budget_lasts(late: int) -> None:
    """As many late records as the budget allows, or five times as many, are nothing to be woken for."""
    assert not goes_off([Minute(late)] * 720)


def test_a_backlog_weighs_by_its_records() -> None:
    """Ten minutes of a backlog's many late records weigh more than the hour of few before them."""
    assert goes_off([*[Minute(0, 100)] * 350, *[Minute(10_000, 10_000)] * 10])


def test_the_fast_windows_can_go_off_with_every_budget_that_is_allowed() -> None:
    """With the largest budget too, records that are all late are more than the threshold."""
    largest = TEMPLATE.parameters["LateRecordsPercent"]["MaxValue"]
    assert goes_off([Minute(1_000)] * 60, largest)


def test_each_window_watches_what_the_dispatcher_counts() -> None:
    """Both counts are written with every batch, even if none is late, under that namespace and dimension."""
    variables = TEMPLATE.variables("DispatcherFunction")
    written = {metric for found in batch_metrics(BatchReport(records=1)) for metric in found.metrics}
    for window in WINDOWS.values():
        for stat in (each["MetricStat"] for each in window["Metrics"] if "MetricStat" in each):
            assert stat["Metric"]["MetricName"] in written
            assert stat["Metric"]["Namespace"] == variables["POWERTOOLS_METRICS_NAMESPACE"]
            assert stat["Metric"]["Dimensions"] == [{"Name": "service", "Value": variables["POWERTOOLS_SERVICE_NAME"]}]
            assert stat["Stat"] == "Sum"
        assert window["TreatMissingData"] == "notBreaching", "without records nothing is late"
        assert [each["ReturnData"] for each in window["Metrics"]] == [True, False, False]


def test_a_window_tells_nobody_and_the_budget_reads_each() -> None:
    """Someone is told once, by the alarm that knows both windows."""
    assert set(re.findall(r"ALARM\(\"\$\{(\w+)\}\"\)", BUDGET["AlarmRule"]["Sub"])) == set(WINDOWS)
    assert not [name for name, window in WINDOWS.items() if {"AlarmActions", "OKActions"} & set(window)]
