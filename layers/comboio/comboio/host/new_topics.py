"""Creates topics of a cluster, and returns when they can be used."""

import time
from collections.abc import Callable, Sequence

from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined] # it does not mark its exports
from confluent_kafka.cimpl import NewTopic

_AGAIN_S = 0.1
"""Seconds until leaders are asked again."""


def create_topics(
    client: AdminClient,
    topics: Sequence[NewTopic],
    within_s: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Create topics, and wait until each partition's leader answers; those that exist stay as they are.

    Kafka says that a topic is created when its controller has decided it. On a busy cluster it takes seconds until the
    brokers know: clients are told that there is no such topic, or that its leader does not lead.

    Raises:
        KafkaException: the cluster refuses a topic, or does not answer, or a leader does not, within `within_s`.
    """
    until = clock() + within_s
    for created in client.create_topics(list(topics), request_timeout=within_s).values() if topics else ():
        try:
            created.result()
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:  # so it does where a first answer was late
                raise
    names = [topic.topic for topic in topics]
    while (trouble := _trouble(client, names, max(until - clock(), _AGAIN_S))) is not None:
        if clock() >= until:
            raise trouble
        sleep(_AGAIN_S)


def _trouble(client: AdminClient, names: Sequence[str], within_s: float) -> BaseException | None:
    """Return why a partition of the topics cannot be used yet; None if all can."""
    try:
        known = client.list_topics(timeout=within_s).topics
    except KafkaException as error:
        return error
    if unknown := [name for name in names if name not in known]:
        return KafkaException(KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART, f"no broker knows {unknown[0]} yet"))
    partitions = [TopicPartition(name, number) for name in names for number in known[name].partitions]
    if not partitions:
        return None
    latest = OffsetSpec.latest()  # type: ignore[no-untyped-call] # it has no types
    answers = client.list_offsets(dict.fromkeys(partitions, latest), request_timeout=within_s)
    return next((fault for answer in answers.values() if (fault := answer.exception()) is not None), None)
