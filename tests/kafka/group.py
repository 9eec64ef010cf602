"""What the cluster says of a group and of a topic: lag, leaders, coordinator."""

from confluent_kafka import KafkaException

from local.errors import LocalError
from local.kafka.retention import RetentionWatch
from local.kafka.three_brokers import OFFSETS_PARTITIONS
from local.kafka.topic import admin, partitions_by_topic

OFFSETS = "__consumer_offsets"
"""The topic of all groups' commits."""


def lag(bootstrap: str, group: str, topic: str) -> int | None:
    """Return how far the group's commits are from the ends of the topic's partitions; None while nobody says."""
    try:
        partitions = partitions_by_topic(bootstrap, 5)[topic]
        with RetentionWatch(bootstrap, group, {topic: partitions}) as watch:
            windows = watch.windows()
    except (KafkaException, KeyError):
        return None
    return sum(each.high - max(each.committed, each.low) for each in windows)


def leader(bootstrap: str, topic: str, partition: int = 0) -> int:
    """Return the broker that leads the partition.

    Raises:
        LocalError: there is none, or nobody says.
    """
    try:
        found: int = admin(bootstrap).list_topics(topic, timeout=10).topics[topic].partitions[partition].leader
    except (KafkaException, KeyError) as error:
        raise LocalError(f"Kafka does not say who leads {topic}-{partition}: {error}") from None
    return found


def coordinator(bootstrap: str, group: str) -> int:
    """Return the broker that coordinates the group: the leader of the partition that has the group's commits.

    The client can be asked too, and aborts the process where the coordinator dies meanwhile (librdkafka 4605).

    Raises:
        LocalError: nobody says.
    """
    return leader(bootstrap, OFFSETS, java_hash(group) % OFFSETS_PARTITIONS)


def java_hash(text: str) -> int:
    """Return Java's hash of a string, without its sign, by which Kafka finds a group's partition."""
    found = 0
    for unit in text:
        found = (31 * found + ord(unit)) & 0xFFFFFFFF
    return found & 0x7FFFFFFF
