"""The alarms of template.yaml and mapping.yaml: what they watch, whom they tell, and in time."""

import pytest

from dispatcher.observe.metrics import batch_metrics
from dispatcher.observe.report import BatchReport
from dispatcher.stage_reporter import ReloadResult
from tests.support.template import EVERYTHING, MAPPING, PLAIN, TEMPLATE, Node, Template

FUNCTIONS = EVERYTHING.of_type("AWS::Serverless::Function")
QUEUES = TEMPLATE.of_type("AWS::SQS::Queue")


def of_one_metric(template: Template) -> dict[str, Node]:
    """Return the alarms that watch one metric: all but those of burn rates (test_burn_rates.py)."""
    return {name: each for name, each in template.of_type("AWS::CloudWatch::Alarm").items() if "MetricName" in each}


@pytest.mark.parametrize("name", [n for n, a in of_one_metric(TEMPLATE).items() if "Comboio" in str(a["Namespace"])])
def test_alarms_watch_metrics_that_the_dispatcher_writes(name: str) -> None:
    """An alarm on a metric of the dispatcher's own names it as the dispatcher does, service included."""
    alarm = EVERYTHING.resources[name]["Properties"]
    variables = TEMPLATE.variables("DispatcherFunction")
    assert alarm["Namespace"] == variables["POWERTOOLS_METRICS_NAMESPACE"]
    assert alarm["Dimensions"] == [{"Name": "service", "Value": variables["POWERTOOLS_SERVICE_NAME"]}]
    written = {f"RoutingTable{news.value}" for news in ReloadResult}
    seldom = BatchReport(abandoned=1, recreated=1)
    written |= {metric for found in batch_metrics(seldom) for metric in found.metrics}
    assert alarm["MetricName"] in written


ALARMS = [(template, name) for template in (EVERYTHING, MAPPING) for name in of_one_metric(template)]
ALARMS += [(EVERYTHING, name) for name in EVERYTHING.of_type("AWS::CloudWatch::CompositeAlarm")]
each_alarm = pytest.mark.parametrize(("template", "name"), ALARMS, ids=[name for _, name in ALARMS])


@each_alarm
def test_an_alarm_says_when_it_is_over(template: Template, name: str) -> None:
    """Whoever was woken is told too that they may sleep again; without a topic nobody is told anything."""
    alarm = template.resources[name]["Properties"]
    told = {"If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}
    expected = told if template is MAPPING else [{"Ref": "AlarmTopicArn"}]
    assert alarm["AlarmActions"] == alarm["OKActions"] == expected
    assert "OKActions" not in PLAIN.resources.get(name, {}).get("Properties", {})


def test_each_function_has_its_alarms() -> None:
    """No function fails or is throttled in silence, the priority topic's own among them, where it is there."""
    alarms = of_one_metric(EVERYTHING).values()
    watched = [(each["MetricName"], each["Dimensions"][0]["Value"]) for each in alarms]
    for name in FUNCTIONS:
        assert ("Errors", {"Ref": name}) in watched
    for name in ("DispatcherFunction", "PriorityFunction"):
        assert ("Throttles", {"Ref": name}) in watched
    priority = {name for name in EVERYTHING.resources if name.startswith("Priority")} - set(PLAIN.resources)
    assert {"PriorityErrors", "PriorityThrottles"} <= priority


@pytest.mark.parametrize("queue", ["DeadLetterQueue", "ParkingQueue", "HoldQueue"])
def test_an_alarm_comes_days_before_the_last_copy_is_deleted(queue: str) -> None:
    """Each queue that keeps the last copy of a record has an alarm four days before SQS deletes it."""
    ages = [
        alarm["Threshold"]
        for alarm in of_one_metric(EVERYTHING).values()
        if alarm["MetricName"] == "ApproximateAgeOfOldestMessage"
        and alarm["Dimensions"] == [{"Name": "QueueName", "Value": {"GetAtt": f"{queue}.QueueName"}}]
    ]
    assert QUEUES[queue]["MessageRetentionPeriod"] - max(ages) == 4 * 86400


def test_an_alarm_comes_long_before_a_held_record_is_deleted() -> None:
    """SQS deletes what is too old without a trace, so somebody hears of it while there are days left to act."""
    alarms = of_one_metric(TEMPLATE).values()
    ages = [
        alarm["Threshold"]
        for alarm in alarms
        if alarm["MetricName"] == "ApproximateAgeOfOldestMessage"
        and alarm["Dimensions"] == [{"Name": "QueueName", "Value": {"GetAtt": "HoldQueue.QueueName"}}]
    ]
    assert min(ages) <= 3600
    assert max(ages) <= QUEUES["HoldQueue"]["MessageRetentionPeriod"] - 3 * 86400
