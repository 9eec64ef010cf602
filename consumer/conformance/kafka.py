"""What a situation needs of Kafka: topics, messages, what a group has committed, and what a topic has."""

import time
from collections.abc import Iterable, Mapping
from typing import Any

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from comboio.errors import ServiceError
from comboio.host.new_topics import create_topics
from consumer.conformance.situation import ProducedMessage
from consumer.kafka.coordinator import ask_coordinator

Options = Mapping[str, Any]
"""A client's options for reaching the cluster, `bootstrap.servers` among them."""

FOR_EVER = {"retention.ms": "-1"}
"""Of a topic: some messages have timestamps of years ago."""

_KAFKA_S = 20.0
"""Seconds that Kafka may take for an answer."""


class ContractError(ServiceError):
    """A situation could not be made: that says nothing of the mapping."""


def create(kafka: Options, topics: Mapping[str, int]) -> None:
    """Make those of the topics, with their partitions, that are not there.

    Raises:
        ContractError: Kafka does not, or does not answer.
    """
    admin = AdminClient({**kafka, "log_level": 4})
    try:
        known = admin.list_topics(timeout=_KAFKA_S).topics
        new = [
            NewTopic(name, partitions, 1, config=FOR_EVER) for name, partitions in topics.items() if name not in known
        ]
        create_topics(admin, new, _KAFKA_S)
    except KafkaException as error:
        raise ContractError(
            f"The topics {', '.join(topics)} cannot be made at {kafka['bootstrap.servers']}: {error}."
        ) from None


def produce(kafka: Options, topic: str, messages: Iterable[ProducedMessage]) -> None:
    """Produce messages.

    Raises:
        ContractError: Kafka does not take them in time.
    """
    producer = Producer({**kafka, "acks": "all"})
    for each in messages:
        key, value, number = each.key, each.value, each.partition
        producer.produce(topic, value, key, number, timestamp=each.timestamp, headers=list(each.headers))
    if left := producer.flush(_KAFKA_S):
        raise ContractError(
            f"Kafka at {kafka['bootstrap.servers']} did not take {left} messages of {topic} within {_KAFKA_S:g} s."
        )


def committed(kafka: Options, group: str, topic: str, partitions: int) -> dict[str, int]:
    """Return where a group is, by partition.

    Raises:
        ContractError: Kafka does not say.
    """
    client = Consumer({**kafka, "group.id": group})
    asked = [TopicPartition(topic, number) for number in range(partitions)]
    try:
        found = ask_coordinator(lambda: client.committed(asked, _KAFKA_S), _KAFKA_S)
    except KafkaException as error:
        raise ContractError(f"Kafka does not say what {group} has committed: {error}.") from None
    finally:
        client.close()
    return {f"{topic}-{each.partition}": max(0, each.offset) for each in found}


def whole(kafka: Options, topic: str) -> list[tuple[bytes | None, bytes]]:
    """Return the keys and values of a topic of one partition.

    Raises:
        ContractError: its end is not reached in time.
    """
    client = Consumer({**kafka, "group.id": f"{topic}-read", "enable.partition.eof": True})
    client.assign([TopicPartition(topic, 0, 0)])
    found: list[tuple[bytes | None, bytes]] = []
    deadline = time.monotonic() + _KAFKA_S
    try:
        while time.monotonic() < deadline:
            message = client.poll(1.0)
            if message is None:
                continue
            if message.error() is not None:  # the end
                return found
            found.append((message.key(), message.value() or b""))
    finally:
        client.close()
    raise ContractError(f"{topic} could not be read within {_KAFKA_S:g} s.")
