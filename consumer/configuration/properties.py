"""What each property of a mapping means for the consumer: an option, a sentence, or both. Pure."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from consumer.configuration.declared import KAFKA_CONFIGURATIONS
from consumer.configuration.given import MAPPING, Given
from consumer.configuration.provisioned_pollers import provisioned_pollers
from consumer.configuration.resolve import Unknown, section, unknown_in
from consumer.inflight.retry import FOREVER

_WITH_DESTINATION = 10
"""Retries that AWS allows a mapping without a limit that has an on-failure destination (kafka-retry-configurations)."""

_STREAM = "Stream"

_WITHOUT_ORDER = 0
"""Retries of a mapping in Queue mode that has no number of its own (botocore's model of Lambda)."""

REPORTS_FAILURES = "ReportBatchItemFailures"

VARIABLES = {
    "Topics": "CONSUMER_TOPICS",
    "EventSourceArn": "CONSUMER_EVENT_SOURCE_ARN",
    "BatchSize": "CONSUMER_BATCH_SIZE",
    "MaximumBatchingWindowInSeconds": "CONSUMER_BATCH_WINDOW_S",
    "BisectBatchOnFunctionError": "CONSUMER_BISECT_BATCH_ON_FUNCTION_ERROR",
    "MaximumRecordAgeInSeconds": "CONSUMER_MAXIMUM_RECORD_AGE_S",
}
"""Properties that one option has the value of as it is."""


def _as_it_is(name: str) -> "Reader":
    def read(properties: Mapping[str, Any]) -> Iterator[Given]:
        value = properties.get(name)
        if isinstance(value, list):
            value = ",".join(map(str, value))
        if value is not None and value != "":
            yield Given(VARIABLES[name], str(value).lower() if isinstance(value, bool) else str(value))

    return read


def _of_kafka(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the configuration of the one kind of Kafka that the mapping has."""
    configuration: Mapping[str, Any] = {}
    for name in KAFKA_CONFIGURATIONS:
        if not isinstance(properties.get(name), Unknown):
            configuration = section(properties, name, MAPPING) or configuration
    return configuration


def _group(properties: Mapping[str, Any]) -> Iterator[Given]:
    configuration = _of_kafka(properties)
    group = configuration.get("ConsumerGroupId", properties.get("UUID"))
    if isinstance(group, Unknown):
        yield Given("CONSUMER_GROUP_ID", sentence=f"ConsumerGroupId is {group.why}.")
    elif group:
        yield Given("CONSUMER_GROUP_ID", str(group))
    else:
        yield Given(
            "CONSUMER_GROUP_ID",
            sentence="ConsumerGroupId is not set, and AWS would take the UUID of the mapping: the group is the "
            "consumer's default.",
        )
    if configuration.get("SchemaRegistryConfig"):
        yield Given(
            "",
            sentence="SchemaRegistryConfig is not honoured: keys and values reach the function as they are in Kafka, "
            "not decoded and not validated.",
        )
    mode = configuration.get("ConsumptionMode", _STREAM)
    if isinstance(mode, Unknown):
        yield Given("CONSUMER_CONSUMPTION_MODE", sentence=f"ConsumptionMode is {mode.why}: partitions are in order.")
    elif mode != _STREAM:
        yield Given("CONSUMER_CONSUMPTION_MODE", str(mode))


def _servers(properties: Mapping[str, Any]) -> Iterator[Given]:
    source = section(properties, "SelfManagedEventSource", MAPPING)
    endpoints = section(source, "Endpoints", "SelfManagedEventSource") if unknown_in(source) is None else {}
    servers = endpoints.get("KAFKA_BOOTSTRAP_SERVERS", endpoints.get("KafkaBootstrapServers"))
    if servers and unknown_in(servers) is None:
        yield Given(
            "KAFKA_BOOTSTRAP_SERVERS", ",".join(map(str, servers)) if isinstance(servers, list) else str(servers)
        )


def _responses(properties: Mapping[str, Any]) -> Iterator[Given]:
    types = properties.get("FunctionResponseTypes")
    reports = types == REPORTS_FAILURES or (isinstance(types, list) and REPORTS_FAILURES in types)
    yield Given("CONSUMER_FUNCTION_RESPONSE_TYPES", REPORTS_FAILURES if reports else "none")


def _attempts(properties: Mapping[str, Any]) -> Iterator[Given]:
    default = FOREVER if _of_kafka(properties).get("ConsumptionMode", _STREAM) == _STREAM else _WITHOUT_ORDER
    attempts = str(properties.get("MaximumRetryAttempts", default))
    if attempts == str(FOREVER) and _destination(properties):
        yield Given("CONSUMER_MAXIMUM_RETRY_ATTEMPTS", str(_WITH_DESTINATION))
        yield Given(
            "CONSUMER_MAXIMUM_RETRY_ATTEMPTS",
            sentence="MaximumRetryAttempts has no limit beside an on-failure destination: it is "
            f"{_WITH_DESTINATION}, as AWS has it.",
        )
    else:
        yield Given("CONSUMER_MAXIMUM_RETRY_ATTEMPTS", attempts)


def _destination(properties: Mapping[str, Any]) -> Any:
    found, of = properties, MAPPING
    for name in ("DestinationConfig", "OnFailure"):
        if isinstance(found.get(name), Unknown):
            return found[name]
        found, of = section(found, name, of), name
    return found.get("Destination")


def _on_failure(properties: Mapping[str, Any]) -> Iterator[Given]:
    place = _destination(properties)
    if isinstance(place, Unknown):
        yield Given(
            "CONSUMER_ON_FAILURE",
            sentence=f"DestinationConfig names {place.why}. Set CONSUMER_ON_FAILURE.",
        )
    elif place:
        yield Given("CONSUMER_ON_FAILURE", str(place))


def _filters(properties: Mapping[str, Any]) -> Iterator[Given]:
    criteria = section(properties, "FilterCriteria", MAPPING)
    if not criteria.get("Filters"):
        return
    if (unknown := unknown_in(criteria)) is not None:
        yield Given(
            "CONSUMER_FILTER_CRITERIA",
            sentence=f"FilterCriteria has {unknown.why}: without CONSUMER_FILTER_CRITERIA every record is invoked.",
        )
    else:
        yield Given("CONSUMER_FILTER_CRITERIA", json.dumps(criteria))


def _position(properties: Mapping[str, Any]) -> Iterator[Given]:
    position = properties.get("StartingPosition")
    if position:
        yield Given("CONSUMER_STARTING_POSITION", str(position))
    timestamp = properties.get("StartingPositionTimestamp")
    if isinstance(timestamp, datetime):
        timestamp = timestamp.timestamp()
    if timestamp is not None and not isinstance(timestamp, Unknown):
        yield Given("CONSUMER_STARTING_POSITION_TIMESTAMP", str(timestamp))


def _enabled(properties: Mapping[str, Any]) -> Iterator[Given]:
    if str(properties.get("Enabled", True)).lower() == "false":
        yield Given("", sentence="Enabled is false: AWS would not poll, and this consumer does.")


def _nothing(_: Mapping[str, Any]) -> Iterator[Given]:
    yield from ()


Reader = Callable[[Mapping[str, Any]], Iterator[Given]]

READERS: Mapping[str, Reader] = {
    "Topics": _as_it_is("Topics"),
    "EventSourceArn": _as_it_is("EventSourceArn"),
    "SelfManagedEventSource": _servers,
    KAFKA_CONFIGURATIONS[0]: _group,
    KAFKA_CONFIGURATIONS[1]: _nothing,
    "BatchSize": _as_it_is("BatchSize"),
    "MaximumBatchingWindowInSeconds": _as_it_is("MaximumBatchingWindowInSeconds"),
    "FunctionResponseTypes": _responses,
    "BisectBatchOnFunctionError": _as_it_is("BisectBatchOnFunctionError"),
    "MaximumRetryAttempts": _attempts,
    "MaximumRecordAgeInSeconds": _as_it_is("MaximumRecordAgeInSeconds"),
    "DestinationConfig": _on_failure,
    "FilterCriteria": _filters,
    "StartingPosition": _position,
    "StartingPositionTimestamp": _nothing,
    "ProvisionedPollerConfig": provisioned_pollers,
    "Enabled": _enabled,
}
"""By property, what reads it; each is asked whether the mapping has its property or not."""
