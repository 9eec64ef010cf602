"""Topics of a real cluster: lists them and creates missing ones."""

from collections.abc import Mapping

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from comboio.host.new_topics import create_topics
from local.errors import LocalError

_DEFAULT_REPLICATION = -1
"""The broker's default, which fits a cluster of one broker as well as one of three."""

_CREATED_WITHIN_S = 60.0
"""Seconds for topics and their leaders, which take one on an idle machine."""


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
    """Create the topics that do not exist, and wait for their leaders; existing ones stay as they are.

    Raises:
        LocalError: the cluster refused one, or did not make it in time.
    """
    wanted = [NewTopic(name, partitions, _DEFAULT_REPLICATION) for name, partitions in topics.items()]
    try:
        create_topics(admin(bootstrap), wanted, _CREATED_WITHIN_S)
    except KafkaException as error:
        raise LocalError(
            f"Kafka at {bootstrap} did not create the topics {', '.join(topics)}: {error.args[0].str()}"
        ) from None
