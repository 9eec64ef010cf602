"""Topics of a real cluster: lists them and creates missing ones."""

from collections.abc import Mapping

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from local.errors import LocalError

_DEFAULT_REPLICATION = -1
"""The broker's default, which fits a cluster of one broker as well as one of three."""


def admin(bootstrap: str) -> AdminClient:
    """Return an admin client that does not log connection errors: callers get an answer or an exception."""
    return AdminClient({"bootstrap.servers": bootstrap, "log_level": 2, "socket.timeout.ms": 5000})


def partitions_by_topic(bootstrap: str, within_s: float) -> dict[str, int]:
    """Return the number of partitions of each topic.

    Raises:
        KafkaException: the cluster did not answer in time.
    """
    metadata = admin(bootstrap).list_topics(timeout=within_s)
    return {name: len(topic.partitions) for name, topic in metadata.topics.items()}


def create_missing(bootstrap: str, topics: Mapping[str, int]) -> None:
    """Create the topics that do not exist; existing ones stay as they are, whatever their partitions.

    Raises:
        LocalError: the cluster refused one.
    """
    client = admin(bootstrap)
    wanted = [NewTopic(name, partitions, _DEFAULT_REPLICATION) for name, partitions in topics.items()]
    for name, created in client.create_topics(wanted, operation_timeout=10).items() if wanted else ():
        try:
            created.result(timeout=15)
        except KafkaException as error:
            reason: KafkaError = error.args[0]
            if reason.code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise LocalError(f"Kafka at {bootstrap} did not create the topic {name}: {reason.str()}") from None
