"""What the cluster says of the topics at start: that they are there, and how large a batch may be."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from confluent_kafka import KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined] # the package does not mark its exports
    AdminClient,
    ConfigResource,
)

from comboio.errors import ServiceError
from producer.kafka.advice import advice

_MAX_MESSAGE_BYTES = "max.message.bytes"
"""The topic option that bounds a batch, after compression."""

ASK_S = 5.0
"""Longest that the question for the topics' options may take: without an answer the producer learns by refusals."""

_log = logging.getLogger(__name__)


class KafkaUnreachableError(ServiceError):
    """No broker answered at start, or a topic is missing; the text says what to check."""


class BatchLimits(NamedTuple):
    """How large a batch may be, in bytes; None is not known."""

    smallest: int | None = None
    """What every topic takes."""
    largest: int | None = None
    """What one topic takes: a message may be as large."""


def check_topics(config: dict[str, Any], topics: Sequence[str], timeout_s: float) -> BatchLimits:
    """Return the limits of the topics, which must be there; `config` is that of any client.

    Raises:
        KafkaUnreachableError: Kafka does not answer within `timeout_s`, or lacks a topic.
    """
    trouble: list[str] = []
    every: dict[str, Any] = {**config, "log_level": 0, "error_cb": lambda error: trouble.append(error.str())}
    client = AdminClient(every)
    try:
        metadata = client.list_topics(timeout=timeout_s)
    except KafkaException as error:
        client.poll(0)
        why = next(iter(trouble), error.args[0].str())
        raise KafkaUnreachableError(f"Kafka did not answer within {timeout_s:g} s: {why}. {advice(why)}") from None
    missing = [topic for topic in topics if topic not in metadata.topics]
    if missing:
        raise KafkaUnreachableError(
            f"Kafka has no topic {', '.join(missing)}. Create what is missing (python -m producer topics apply), "
            "or choose another PRODUCER_TOPIC_STRATEGY or PRODUCER_TOPICS_FILE."
        )
    # The client asks the controller for options; where there is none (a mock cluster), nobody would answer.
    return _limits(client, topics, timeout_s) if metadata.controller_id in metadata.brokers else BatchLimits()


def _limits(client: AdminClient, topics: Sequence[str], timeout_s: float) -> BatchLimits:
    resources = [ConfigResource(ConfigResource.Type.TOPIC, name) for name in topics]
    found: list[int] = []
    for resource, future in client.describe_configs(resources, request_timeout=min(ASK_S, timeout_s)).items():
        try:
            options: Mapping[str, Any] = future.result(ASK_S)
            found.append(int(options[_MAX_MESSAGE_BYTES].value))
        except (KafkaException, TimeoutError, KeyError, TypeError, ValueError) as error:
            # A role need not have the permission to ask.
            _log.info("the topic's %s is not known: %s", _MAX_MESSAGE_BYTES, error, extra={"topic": resource.name})
    return BatchLimits(min(found), max(found)) if found else BatchLimits()
