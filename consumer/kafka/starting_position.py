"""AT_TIMESTAMP: where a new group begins in each partition, committed before the group is joined."""

from collections.abc import Callable, Mapping
from typing import Any

from confluent_kafka import Consumer, KafkaException, TopicPartition

from consumer.kafka.client import KafkaUnavailableError

ANSWER_S = 10.0
"""Seconds for each question to the cluster."""


def begin_at(
    timestamp_ms: int,
    topics: list[str],
    options: Mapping[str, Any],
    connect: Callable[[dict[str, Any]], Any] = Consumer,
) -> dict[str, int]:
    """Commit the first offset at or after a time, for each partition in which the group has no position yet.

    A partition without such a record begins at its end. Partitions that are added later have only younger records,
    and begin at their oldest. Two consumers that start at once commit the same.

    Raises:
        KafkaUnavailableError: the cluster does not answer, or does not take the positions.
    """
    client = connect({**options, "enable.auto.commit": False})
    try:
        known = client.list_topics(timeout=ANSWER_S).topics
        everything = [TopicPartition(topic, number) for topic in topics for number in known[topic].partitions]
        new = [each for each in client.committed(everything, timeout=ANSWER_S) if each.offset < 0]
        asked = [TopicPartition(each.topic, each.partition, timestamp_ms) for each in new]
        found = client.offsets_for_times(asked, timeout=ANSWER_S) if asked else []
        positions = [TopicPartition(each.topic, each.partition, _offset(client, each)) for each in found]
        if positions:
            client.commit(offsets=positions, asynchronous=False)
    except KafkaException as error:
        raise KafkaUnavailableError(
            f"Kafka does not say or take where the group begins at CONSUMER_STARTING_POSITION_TIMESTAMP: "
            f"{error.args[0].str()}. Check that no consumer of the group runs yet, and its permissions."
        ) from error
    finally:
        client.close()
    return {f"{each.topic}-{each.partition}": each.offset for each in positions}


def _offset(client: Any, found: TopicPartition) -> int:
    if found.error is not None:
        raise KafkaException(found.error)
    if found.offset >= 0:
        return found.offset
    _, end = client.get_watermark_offsets(TopicPartition(found.topic, found.partition), timeout=ANSWER_S)
    return int(end)
