"""The Kafka client: its consumer, and a check that the cluster and the topics are there."""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from comboio.errors import ConfigurationError, ServiceError
from consumer.kafka.repeated_lines import RepeatedLines

_PROBE_S = 5.0
"""Seconds that the cluster may take to answer at the start."""

_CONNECTION_OPTIONS = ("security.", "sasl.", "ssl.", "bootstrap.servers", "broker.address.family", "oauth_cb")


class KafkaUnavailableError(ServiceError):
    """The cluster does not answer."""


class MissingTopicsError(ConfigurationError):
    """The cluster does not have the topics, or this consumer may not read them."""


class ClientOptionsError(ConfigurationError):
    """The client refuses its options, or has no use for one of them."""


QUOTED_VALUE = re.compile(r'value ".*?"')
"""How the client repeats a value that it refuses; it may be a password that went to the wrong name."""


def refused_options(reason: str) -> ClientOptionsError:
    """Return the error for options that the client refuses, for its own reason, without any value."""
    shown = QUOTED_VALUE.sub("value", reason)
    return ClientOptionsError(f"The Kafka client refuses its options: {shown}. Check CONSUMER_CLIENT_OPTIONS.")


class ClientLog:
    """The client's logger: passes lines on, and keeps the one that says that an option has no effect."""

    def __init__(self, log: logging.Logger, clock: Callable[[], float]) -> None:
        self._lines = RepeatedLines(log, clock)
        self.without_effect = ""

    def log(self, level: int, message: str, *details: str) -> None:
        """Log a line of the client: its kind, the client's name and the text."""
        if details and details[0] == "CONFWARN" and "will be ignored" in details[-1]:
            self.without_effect = details[-1].partition("]: ")[2]
        self._lines.log(level, message, *details)


def connection(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that reach the cluster, which any client of it has in common."""
    return {name: value for name, value in options.items() if name.startswith(_CONNECTION_OPTIONS)}


def check(options: Mapping[str, Any], topics: Iterable[str], timeout_s: float = _PROBE_S) -> None:
    """Ask the cluster for its topics.

    Raises:
        KafkaUnavailableError: it does not answer in time.
        MissingTopicsError: topics are missing, or may not be read.
        ClientOptionsError: the client refuses the connection's options.
    """
    own = connection(options)
    servers = options["bootstrap.servers"]
    try:
        # log_level 0: librdkafka would put its own lines on stderr beside the one message this ends in
        client = AdminClient({**own, "log_level": 0})
    except KafkaException as error:
        raise refused_options(error.args[0].str()) from None
    except (TypeError, ValueError) as error:
        raise refused_options(str(error)) from None
    try:
        if "oauth_cb" in own:
            client.poll(0)  # the client asks for its first token here, and for nothing else before it has one
        known = client.list_topics(timeout=timeout_s).topics
    except KafkaException as error:
        raise KafkaUnavailableError(
            f"Kafka does not answer at {servers} within {timeout_s:g} s: {error.args[0].str()}. "
            "Check KAFKA_BOOTSTRAP_SERVERS, that the broker runs, and the security options."
        ) from error
    missing = sorted(set(topics) - set(known))
    if missing:
        raise MissingTopicsError(
            f"Kafka at {servers} has no topic {', '.join(missing)}. "
            "Check CONSUMER_TOPICS and CONSUMER_ON_FAILURE, or create the topics; "
            f"the cluster has: {', '.join(sorted(known)) or 'none'}."
        )


def topic_partition(name: str, offset: int | None = None) -> TopicPartition:
    """Make the client's form of `<topic>-<number>`; the topic may have a `-` of its own."""
    topic, _, number = name.rpartition("-")
    return TopicPartition(topic, int(number)) if offset is None else TopicPartition(topic, int(number), offset)


def partition_name(partition: TopicPartition) -> str:
    """Return `<topic>-<number>`, as events name it."""
    return f"{partition.topic}-{partition.partition}"
