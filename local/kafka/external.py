"""A cluster that is already running."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from confluent_kafka import KafkaException

from local.errors import LocalError
from local.kafka.cluster import Kafka
from local.kafka.topic import create_missing, partitions_by_topic

_ANSWER_WITHIN_S = 5.0
"""Seconds for the first answer of the cluster."""

SESSION_TIMEOUT_MS = 6000
"""Brokers refuse less than group.min.session.timeout.ms, which is 6 s by default."""


@contextmanager
def external(bootstrap: str, topics: Mapping[str, int]) -> Iterator[Kafka]:
    """Use the cluster at `host:port[,host:port...]`; create missing topics and delete nothing.

    Raises:
        LocalError: it does not answer, or refuses a topic.
    """

    def create_topics(wanted: Mapping[str, int]) -> None:
        create_missing(bootstrap, wanted)

    try:
        partitions_by_topic(bootstrap, _ANSWER_WITHIN_S)
    except KafkaException as error:
        raise LocalError(
            f"Kafka at {bootstrap} did not answer within {_ANSWER_WITHIN_S:.0f} s ({error.args[0].str()}). Check that "
            f"it runs and that KAFKA names its plaintext listener, or use KAFKA=embedded."
        ) from None
    create_topics(topics)
    yield Kafka(bootstrap, "external", f"cluster at {bootstrap}", SESSION_TIMEOUT_MS, create_topics)
