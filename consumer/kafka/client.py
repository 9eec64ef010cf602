"""The Kafka client: its consumer, and a check that the cluster and the topics are there."""

from collections.abc import Iterable, Mapping
from typing import Any

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from comboio.errors import ServiceError

PROBE_S = 5.0

_CONNECTION = ("security.", "sasl.", "ssl.", "bootstrap.servers", "broker.address.family")


class KafkaUnavailableError(ServiceError):
    """The cluster does not answer, or has not what it should have."""


def check(options: Mapping[str, Any], topics: Iterable[str], timeout_s: float = PROBE_S) -> None:
    """Asks the cluster for its topics.

    Raises:
        KafkaUnavailableError: it does not answer in time, or topics are missing.
    """
    connection = {name: value for name, value in options.items() if name.startswith(_CONNECTION)}
    servers = options["bootstrap.servers"]
    try:
        # log_level 0: librdkafka would put its own lines on stderr beside the one message this ends in
        known = AdminClient({**connection, "log_level": 0}).list_topics(timeout=timeout_s).topics
    except KafkaException as error:
        raise KafkaUnavailableError(
            f"Kafka does not answer at {servers} within {timeout_s:g} s: {error.args[0].str()}. "
            "Check KAFKA_BOOTSTRAP_SERVERS, that the broker runs, and the security options."
        ) from error
    missing = sorted(set(topics) - set(known))
    if missing:
        raise KafkaUnavailableError(
            f"Kafka at {servers} has no topic {', '.join(missing)}. "
            f"Check CONSUMER_TOPICS, or create the topics; the cluster has: {', '.join(sorted(known)) or 'none'}."
        )


def topic_partition(name: str, offset: int | None = None) -> TopicPartition:
    """`<topic>-<number>` as the client wants it; the topic may have a `-` of its own."""
    topic, _, number = name.rpartition("-")
    return TopicPartition(topic, int(number)) if offset is None else TopicPartition(topic, int(number), offset)


def partition_name(partition: TopicPartition) -> str:
    """`<topic>-<number>`, as events name it."""
    return f"{partition.topic}-{partition.partition}"
