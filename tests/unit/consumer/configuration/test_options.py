"""Each property of a mapping is an option of the consumer, or a sentence that says what holds in its place."""

import json
from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest

from consumer.configuration.declared import MappingConfiguration
from consumer.configuration.options import given
from consumer.configuration.resolve import Unknown
from consumer.configuration.template import TemplateError
from consumer.settings import ConsumerSettings

ELSEWHERE = Unknown("the attribute Arn of X, which only a deployed stack has", "X")

WHOLE: dict[str, Any] = {
    "FunctionName": "f",
    "EventSourceArn": "arn:aws:kafka:eu-west-1:1:cluster/c/u",
    "Topics": ["t"],
    "AmazonManagedKafkaEventSourceConfig": {"ConsumerGroupId": "g"},
    "StartingPosition": "LATEST",
    "BatchSize": 7,
    "MaximumBatchingWindowInSeconds": 2,
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "BisectBatchOnFunctionError": True,
    "MaximumRetryAttempts": 3,
    "MaximumRecordAgeInSeconds": 60,
    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:s3:::bucket"}},
    "ProvisionedPollerConfig": {"MinimumPollers": 1, "MaximumPollers": 2},
}


def options(properties: dict[str, Any], **function: Any) -> dict[str, str]:
    found = given(MappingConfiguration("M", properties, function))
    return {each.variable: each.value for each in found if not each.sentence}


def sentences(properties: dict[str, Any]) -> str:
    return "\n".join(each.sentence for each in given(MappingConfiguration("M", properties)))


def test_a_whole_mapping_is_a_whole_set_of_options() -> None:
    """The settings take every option that a mapping gives, with its value."""
    found = options(WHOLE, Handler="a.b.handler", Runtime="python3.13", Timeout=9, MemorySize=512)
    settings = ConsumerSettings.from_environment({"KAFKA_BOOTSTRAP_SERVERS": "h:1", **found})
    assert settings.event_source_arn == WHOLE["EventSourceArn"]
    assert (settings.topics, settings.group_id, settings.starting_position) == ("t", "g", "LATEST")
    assert (settings.batch_size, settings.batch_window_s) == (7, 2)
    assert settings.function_response_types == "ReportBatchItemFailures"
    assert settings.bisect_batch_on_function_error
    assert (settings.maximum_retry_attempts, settings.maximum_record_age_s) == (3, 60)
    assert settings.on_failure == "arn:aws:s3:::bucket"
    assert (settings.function, settings.function_timeout_s, settings.function_memory_mb) == ("a.b:handler", 9, 512)


def test_a_mapping_that_says_little_has_the_defaults_of_aws() -> None:
    """Without ReportBatchItemFailures the answer is not read; retries have no limit."""
    found = options(
        {"Topics": ["t"], "SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["a:1", "b:2"]}}}
    )
    settings = ConsumerSettings.from_environment({"CONSUMER_FUNCTION": "f", **found})
    assert settings.bootstrap_servers == "a:1,b:2"
    assert settings.function_response_types == "none"
    assert (settings.maximum_retry_attempts, settings.maximum_record_age_s) == (-1, -1)
    assert (settings.batch_size, settings.batch_window_s) == (100, 0.5)


@pytest.mark.parametrize("attempts", [{}, {"MaximumRetryAttempts": -1}])
def test_no_limit_beside_a_destination_is_ten_retries(attempts: dict[str, int]) -> None:
    """AWS applies ten, silently; here a sentence says so."""
    properties = {"Topics": ["t"], **attempts, "DestinationConfig": WHOLE["DestinationConfig"]}
    assert options(properties)["CONSUMER_MAXIMUM_RETRY_ATTEMPTS"] == "10"
    assert "it is 10, as AWS has it" in sentences(properties)


@pytest.mark.parametrize("name", [name for name in WHOLE if name not in ("FunctionName", "FunctionResponseTypes")])
def test_what_is_not_known_is_named_and_not_guessed(name: str) -> None:
    """Any property whose value a deployment decides is in a sentence; none becomes an option."""
    value = {
        "AmazonManagedKafkaEventSourceConfig": {"ConsumerGroupId": ELSEWHERE},
        "DestinationConfig": {"OnFailure": {"Destination": ELSEWHERE}},
        "Topics": [ELSEWHERE],
    }.get(name, ELSEWHERE)
    properties = {**WHOLE, name: value}
    assert "the attribute Arn of X" in sentences(properties)
    assert "Unknown" not in str(options(properties))


QUIET = {
    "EventSourceMappingArn",
    "FilterCriteriaError",
    "FunctionArn",
    "LastModified",
    "LastProcessingResult",
    "State",
    "StateTransitionReason",
    "UUID",
}
"""What GetEventSourceMapping returns and nobody asked for."""


@pytest.mark.robustness("bad input to a command or a template")
@pytest.mark.parametrize("wrong", [[1], "text", 1, True, ELSEWHERE, [ELSEWHERE], {"a": 1}, {"OnFailure": ELSEWHERE}])
@pytest.mark.parametrize(
    "name", [*WHOLE, "SelfManagedEventSource", "SelfManagedKafkaEventSourceConfig", "FilterCriteria"]
)
def test_a_property_of_another_shape_is_passed_on_or_an_error_of_the_template(name: str, wrong: Any) -> None:
    """What stands in a property is an option's text, a sentence, or a TemplateError that names it."""
    try:
        found = given(MappingConfiguration("M", {**WHOLE, name: wrong}))
    except TemplateError as error:
        assert name in str(error) or "OnFailure" in str(error)
    else:
        assert all(isinstance(each.value, str) and (each.value or each.sentence) for each in found)


def test_no_property_of_the_api_is_passed_over_in_silence() -> None:
    """Whatever GetEventSourceMapping can return is an option, or has a sentence, or asks for nothing."""
    model = botocore.session.get_session().get_service_model("lambda")
    shape = model.operation_model("GetEventSourceMapping").output_shape
    assert shape is not None
    options_have = {*WHOLE, "SelfManagedEventSource", "StartingPositionTimestamp", "SelfManagedKafkaEventSourceConfig"}
    options_have.add("FilterCriteria")
    for name in shape.members.keys() - QUIET - options_have:
        assert name in sentences({"Topics": ["t"], name: {"anything": 1}})


def test_features_of_provisioned_mode_are_named_where_there_is_none() -> None:
    """AWS honours retries and partial responses with pollers of one's own only."""
    without = {name: value for name, value in WHOLE.items() if name != "ProvisionedPollerConfig"}
    assert "with a ProvisionedPollerConfig only" in sentences(without)
    assert "with a ProvisionedPollerConfig only" not in sentences(WHOLE)


def test_filters_are_handed_on() -> None:
    """The criteria reach the consumer as they stand, and one that is not whole is named."""
    criteria = {"Filters": [{"Pattern": '{"value": {"a": [1]}}'}]}
    assert json.loads(options({"FilterCriteria": criteria})["CONSUMER_FILTER_CRITERIA"]) == criteria
    assert "CONSUMER_FILTER_CRITERIA" not in options({"FilterCriteria": {}})
    assert "the attribute Arn of X" in sentences({"FilterCriteria": {"Filters": [{"Pattern": ELSEWHERE}]}})


@pytest.mark.parametrize("timestamp", [1_700_000_000, "1700000000", datetime.fromtimestamp(1_700_000_000, UTC)])
def test_a_time_to_begin_at_is_seconds_whatever_says_it(timestamp: Any) -> None:
    """A template has a number, boto3 a date."""
    found = options({**WHOLE, "StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": timestamp})
    settings = ConsumerSettings.from_environment({"KAFKA_BOOTSTRAP_SERVERS": "h:1", "CONSUMER_FUNCTION": "f", **found})
    assert (settings.starting_position, settings.starting_position_timestamp) == ("AT_TIMESTAMP", 1_700_000_000)


def test_queue_mode_is_imitated() -> None:
    """The records come in no order, and without a number of its own the mapping retries none of them, as in AWS."""
    queue = {"SelfManagedKafkaEventSourceConfig": {"ConsumptionMode": "Queue"}}
    assert options(queue)["CONSUMER_CONSUMPTION_MODE"] == "Queue"
    assert options(queue)["CONSUMER_MAXIMUM_RETRY_ATTEMPTS"] == "0"
    assert options({**queue, "MaximumRetryAttempts": 3})["CONSUMER_MAXIMUM_RETRY_ATTEMPTS"] == "3"
    stream = {"SelfManagedKafkaEventSourceConfig": {"ConsumptionMode": "Stream"}}
    assert "CONSUMER_CONSUMPTION_MODE" not in options(stream)
    assert options(stream)["CONSUMER_MAXIMUM_RETRY_ATTEMPTS"] == "-1"
    unknown = {"SelfManagedKafkaEventSourceConfig": {"ConsumptionMode": ELSEWHERE}}
    assert "ConsumptionMode is the attribute Arn of X" in sentences(unknown)


def test_a_disabled_mapping_and_a_registry_are_named() -> None:
    """What would make the function see other events, or none, is said."""
    said = sentences(
        {
            **WHOLE,
            "Enabled": False,
            "AmazonManagedKafkaEventSourceConfig": {"ConsumerGroupId": "g", "SchemaRegistryConfig": {"x": 1}},
        }
    )
    assert "Enabled is false" in said
    assert "SchemaRegistryConfig is not honoured" in said
