"""Tests of new topics, against a client that answers as young and busy clusters do."""

from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.cimpl import NewTopic

from comboio.host.new_topics import create_topics

TOPICS = [NewTopic("a", 2, 1), NewTopic("b", 1, 1)]


def done(error: int | None = None) -> "Future[Any]":
    future: Future[Any] = Future()
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(KafkaException(KafkaError(error)))
    return future


class Cluster:
    """A clock, and a client of a cluster whose brokers know a topic at one second, and lead its partitions at two."""

    def __init__(self, created: dict[str, int] | None = None, knows_at: float = 1.0, leads_at: float = 2.0) -> None:
        self.now = 0.0
        self.created = created or {}
        self.knows_at = knows_at
        self.leads_at = leads_at
        self.silent_at = -1.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def create_topics(self, topics: list[Any], **_: Any) -> dict[str, "Future[Any]"]:
        return {topic.topic: done(self.created.get(topic.topic)) for topic in topics}

    def list_topics(self, timeout: float) -> Any:
        if self.now < self.silent_at:
            self.now += min(timeout, 1.0)
            raise KafkaException(KafkaError(KafkaError._TRANSPORT))
        known = {topic.topic: topic.num_partitions for topic in TOPICS} if self.now >= self.knows_at else {"a": 2}
        return SimpleNamespace(
            topics={name: SimpleNamespace(partitions=range(partitions)) for name, partitions in known.items()}
        )

    def list_offsets(self, partitions: dict[Any, Any], **_: Any) -> dict[Any, "Future[Any]"]:
        leads = self.now >= self.leads_at
        return {
            each: done(None if leads or each.topic == "a" else KafkaError.NOT_LEADER_FOR_PARTITION)
            for each in partitions
        }

    def create(self, within_s: float = 10.0) -> None:
        create_topics(self, TOPICS, within_s, self.clock, self.sleep)  # type: ignore[arg-type] # in place of a client


def test_a_topic_is_created_when_all_its_leaders_answer() -> None:
    """Neither the controller's word nor that a broker knows the topic is enough."""
    cluster = Cluster()
    cluster.create()
    assert 2.0 <= cluster.now < 3.0


def test_a_topic_that_exists_is_created() -> None:
    """A second request, after a first answer that was late, finds it there."""
    cluster = Cluster(created={"a": KafkaError.TOPIC_ALREADY_EXISTS, "b": KafkaError.TOPIC_ALREADY_EXISTS})
    cluster.create()
    assert cluster.now >= 2.0


def test_a_refusal_is_told_at_once() -> None:
    """What the controller refuses does not come by waiting."""
    cluster = Cluster(created={"b": KafkaError.INVALID_REPLICATION_FACTOR})
    with pytest.raises(KafkaException, match="INVALID_REPLICATION_FACTOR"):
        cluster.create()
    assert cluster.now == 0.0


@pytest.mark.parametrize(("knows_at", "said"), [(99.0, "no broker knows b yet"), (1.0, "NOT_LEADER_FOR_PARTITION")])
def test_what_does_not_come_in_time_is_told(knows_at: float, said: str) -> None:
    """The exception says what was still missing when the time was over."""
    cluster = Cluster(knows_at=knows_at, leads_at=99.0)
    with pytest.raises(KafkaException, match=said):
        cluster.create(5.0)
    assert 5.0 <= cluster.now < 6.0


def test_a_cluster_that_is_silent_for_a_while_is_waited_for() -> None:
    """An answer that does not come counts as one that says "not yet"."""
    cluster = Cluster()
    cluster.silent_at = 3.0
    cluster.create()
    assert 3.0 <= cluster.now < 5.0


def test_nothing_is_asked_for_no_topics() -> None:
    """No topics are created at once."""
    cluster = Cluster(knows_at=99.0)
    create_topics(cluster, [], 1.0, cluster.clock, cluster.sleep)  # type: ignore[arg-type] # in place of a client
    assert cluster.now == 0.0
