"""AT_TIMESTAMP and LATEST: where a new group begins in each partition, committed before the group is joined.

The client could begin at the end by itself, and would do so again wherever it finds no position: in a partition that
was added, after a restart before the first record, and where retention was faster than the consumer.
"""

from collections.abc import Callable, Mapping
from typing import Any

from confluent_kafka import Consumer, KafkaException, TopicPartition

from consumer.kafka.client import KafkaUnavailableError, partition_name
from consumer.kafka.coordinator import ask_coordinator

ANSWER_S = 10.0
"""Seconds for each question to the cluster."""

_COORDINATOR_S = 30.0
"""Seconds that the group's coordinator may take to move: a broker that starts again takes about as long."""

Connect = Callable[[dict[str, Any]], Any]
"""Makes a client, from its configuration."""


def begin_at(
    timestamp_ms: int, topics: list[str], options: Mapping[str, Any], connect: Connect = Consumer
) -> dict[str, int]:
    """Commit the first offset at or after a time, for each partition in which the group has no position yet.

    A partition without such a record begins at its end. Partitions that are added later have only younger records,
    and begin at their oldest. Two consumers that start at once commit the same.

    Raises:
        KafkaUnavailableError: the cluster does not answer, or does not take the positions.
    """

    def find(client: Any, partitions: list[TopicPartition]) -> list[TopicPartition]:
        new = [each for each in partitions if each.offset < 0]
        asked = [TopicPartition(each.topic, each.partition, timestamp_ms) for each in new]
        return client.offsets_for_times(asked, timeout=ANSWER_S) if asked else []

    return _begin(find, topics, options, connect)


def begin_at_end(topics: list[str], options: Mapping[str, Any], connect: Connect = Consumer) -> dict[str, int]:
    """Commit the end of each partition of the topics in which the group has no position at all.

    Where it has one it has begun: a partition without one was added since, and begins at its oldest record.

    Raises:
        KafkaUnavailableError: the cluster does not answer, or does not take the positions.
    """

    def find(_: Any, partitions: list[TopicPartition]) -> list[TopicPartition]:
        begun = {each.topic for each in partitions if each.offset >= 0}
        return [each for each in partitions if each.topic not in begun]

    return _begin(find, topics, options, connect)


def _begin(
    find: Callable[[Any, list[TopicPartition]], list[TopicPartition]],
    topics: list[str],
    options: Mapping[str, Any],
    connect: Connect,
) -> dict[str, int]:
    client = connect({**options, "enable.auto.commit": False})
    try:
        positions = ask_coordinator(lambda: _commit(client, find, topics), _COORDINATOR_S)
    except KafkaException as error:
        raise KafkaUnavailableError(
            f"Kafka does not take the offsets of CONSUMER_STARTING_POSITION: "
            f"{error.args[0].str()}. Check that no consumer of the group runs yet, and its permissions."
        ) from error
    finally:
        client.close()
    return {partition_name(each): each.offset for each in positions}


def _commit(
    client: Any, find: Callable[[Any, list[TopicPartition]], list[TopicPartition]], topics: list[str]
) -> list[TopicPartition]:
    known = client.list_topics(timeout=ANSWER_S).topics
    everything = [TopicPartition(topic, number) for topic in topics for number in known[topic].partitions]
    found = find(client, client.committed(everything, timeout=ANSWER_S))
    positions = [TopicPartition(each.topic, each.partition, _offset(client, each)) for each in found]
    try:
        if positions:
            client.commit(offsets=positions, asynchronous=False)
    except KafkaException:
        if find(client, client.committed(everything, timeout=ANSWER_S)):
            raise
        return []  # another consumer, which started at once, was first
    return positions


def _offset(client: Any, found: TopicPartition) -> int:
    if found.error is not None:
        raise KafkaException(found.error)
    if found.offset >= 0:
        return found.offset
    _, end = client.get_watermark_offsets(TopicPartition(found.topic, found.partition), timeout=ANSWER_S)
    return int(end)
