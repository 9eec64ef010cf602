"""Which log a topic's name stands for: a topic that is deleted and recreated has another id, and offsets from 0 on.

The client does not tell: it goes on at its old offset where the new topic reaches that far, and what lies below is
skipped without a word. So each commit says the id of the topic that its offset belongs to, and the ids are looked at
again and again (docs/adr/0060-three-brokers.md).
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient

from consumer.kafka.client import connection

LOOK_S = 5.0
"""Seconds between two looks, and so what is handled twice of a recreated topic: each costs the cluster one request."""

ANSWER_S = 30.0
"""Seconds after which an answer is given up, and asked for anew."""

NO_ID = "A" * 22
"""How a cluster without topic ids (before Kafka 2.8) gives one."""

_MARK = "topic="
"""What a commit's metadata begin with, before the id."""

Describe = Callable[[list[str]], Mapping[str, "Future[Any]"]]
"""Asks the cluster for topics; an answer has a `topic_id`."""


def describer(options: Mapping[str, Any]) -> Describe:
    """Return what asks the cluster that these options of a client reach."""
    client = AdminClient({**connection(options), "log_level": 0})

    def describe(topics: list[str]) -> Mapping[str, "Future[Any]"]:
        client.poll(0)  # where the client proves itself by a token, it asks for it here
        return client.describe_topics(TopicCollection(topics), request_timeout=ANSWER_S)

    return describe


class TopicIds:
    """Knows the ids of topics, without waiting for the cluster."""

    def __init__(self, describe: Describe, topics: list[str], clock: Callable[[], float]) -> None:
        self._describe = describe
        self._topics = topics
        self._clock = clock
        self._asked: Mapping[str, Future[Any]] = {}
        self._next = clock()
        self.known: dict[str, str] = {}
        """By topic, the id that the cluster told last. One that is deleted keeps it, and one without an id has none."""

    def look(self) -> None:
        """Take the answers that have come, and ask again when it is time."""
        come = {topic: answer for topic, answer in self._asked.items() if answer.done()}
        for topic, answer in come.items():
            self._take(topic, answer)
        self._asked = {topic: answer for topic, answer in self._asked.items() if topic not in come}
        if not self._asked and self._clock() >= self._next:
            self._next = self._clock() + LOOK_S
            with suppress(KafkaException):  # it could not even be asked: the next look tries again
                self._asked = self._describe(self._topics)

    def _take(self, topic: str, answer: "Future[Any]") -> None:
        try:
            found = str(answer.result().topic_id)
        except KafkaException:  # it is deleted, may not be described, or nobody answers: what was known stays so
            return
        if found != NO_ID:
            self.known[topic] = found


class TopicMarks:
    """By partition, the id of the topic that its committed offset belongs to, as commits say it. Pure."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}

    def learn(self, partition: str, metadata: str | None) -> None:
        """Note what the group's commit says, or that it says nothing: it is believed then."""
        found = metadata or ""
        self._ids[partition] = found.removeprefix(_MARK) if found.startswith(_MARK) else ""

    def metadata(self, partition: str) -> str:
        """Return what the next commit of the partition has to say."""
        found = self._ids.get(partition, "")
        return f"{_MARK}{found}" if found else ""

    def learned(self, positions: Mapping[str, int]) -> dict[str, int]:
        """Return those whose commit was looked at: another commit would hide what it says."""
        return {name: offset for name, offset in positions.items() if name in self._ids}

    def made_again(self, partitions: Iterable[str], known: Mapping[str, str]) -> dict[str, tuple[str, str]]:
        """Return the partitions whose topic has another id now, each with the old one and the new one."""
        found = {}
        for name in partitions:
            old, new = self._ids.get(name), known.get(name.rpartition("-")[0], "")
            if old and new and old != new:
                found[name] = (old, new)
            elif old == "" and new:
                self._ids[name] = new
        return found

    def begin(self, partition: str, topic_id: str) -> None:
        """Note that the partition begins anew, in the topic of that id."""
        self._ids[partition] = topic_id

    def forget(self, partition: str) -> None:
        """Drop a partition that has left."""
        self._ids.pop(partition, None)
