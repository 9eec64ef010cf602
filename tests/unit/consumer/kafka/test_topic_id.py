"""A topic that is deleted and recreated is consumed from its beginning, whoever looks and whenever."""

from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from consumer.kafka.commit import Commits
from consumer.kafka.group import Group
from consumer.kafka.topic_id import LOOK_S, NO_ID, TopicIds, TopicMarks
from tests.support.consumer import LOG, FakeKafkaClient, VirtualTime


class Cluster:
    """Answers with the topics' ids, or not at all."""

    def __init__(self, **ids: str) -> None:
        self.ids = ids
        self.answers = True
        self.asked = 0

    def describe(self, topics: list[str]) -> dict[str, "Future[Any]"]:
        self.asked += 1
        return {topic: self._answer(topic) for topic in topics}

    def _answer(self, topic: str) -> "Future[Any]":
        answer: Future[Any] = Future()
        if not self.answers:
            return answer
        if topic in self.ids:
            answer.set_result(SimpleNamespace(topic_id=self.ids[topic]))
        else:
            answer.set_exception(KafkaException(KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART)))
        return answer


class Listener:
    """Does nothing of its own when partitions leave."""

    def __init__(self) -> None:
        self.forgotten: list[frozenset[str]] = []

    def finish(self, partitions: frozenset[str]) -> dict[str, int]:
        return {}

    def forget(self, partitions: frozenset[str]) -> None:
        self.forgotten.append(partitions)


class Member:
    """A member of the group, whose cluster has the topic `t` with the id `first`."""

    def __init__(self, client: FakeKafkaClient | None = None, time: VirtualTime | None = None) -> None:
        self.time = time or VirtualTime()
        self.client = client or FakeKafkaClient(self.time, {"t-0": 4})
        self.cluster = Cluster(t="first")
        self.listener = Listener()
        clocks = self.time.clocks
        self.group = Group(
            {}, ["t"], self.listener, Commits(), LOG, clocks.clock, clocks.sleep, self.client, self.cluster.describe
        )

    def poll(self) -> list[int]:
        return [record.offset for record in self.group.poll(100, 0.02)]

    def look(self) -> list[int]:
        """Poll until the ids were asked for and told; return what was fetched."""
        self.time.sleep(LOOK_S + 1)
        return [offset for _ in range(3) for offset in self.poll()]

    def make_again(self, end: int) -> None:
        """Delete the topic and make it again; the client notices nothing."""
        self.cluster.ids["t"] = "second"
        self.client.ends["t-0"] = end
        self.client.group.clear()


@pytest.mark.robustness("topics that are recreated")
def test_a_topic_made_again_is_consumed_from_its_beginning(caplog: pytest.LogCaptureFixture) -> None:
    """The client goes on in the middle of the new topic: it is sent to the beginning, and the log says why."""
    member = Member()
    assert member.poll() == [0, 1, 2, 3]
    member.look()
    member.make_again(10)
    assert member.look()[-10:] == list(range(10))
    assert member.listener.forgotten == [frozenset({"t-0"})]
    assert "t-0 was recreated" in caplog.text
    assert member.look() == []


@pytest.mark.robustness("topics that are recreated")
def test_what_was_fetched_of_the_middle_is_dropped_at_once() -> None:
    """Were it taken, a commit could say that all below it is done."""
    member = Member()
    member.poll()
    member.look()
    member.make_again(4)
    member.time.sleep(LOOK_S + 1)
    member.poll()
    member.client.ends["t-0"] = 10
    assert [member.poll(), member.poll()] == [[], list(range(10))]


@pytest.mark.robustness("topics that are recreated")
def test_a_stale_commit_tells_its_next_owner() -> None:
    """A consumer that committed its offset of the old topic, and died before it saw the new one, hides nothing."""
    member = Member()
    member.poll()
    member.look()
    member.make_again(10)
    member.group.commit({"t-0": 4})
    assert (member.client.group, member.client.metadata) == ({"t-0": 4}, {"t-0": "topic=first"})
    member.client.revoke(["t-0"], lost=True)
    successor = Member(member.client, member.time)
    successor.cluster.ids["t"] = "second"
    assert [*successor.poll(), *successor.look()][-10:] == list(range(10))


@pytest.mark.robustness("topics that are recreated")
def test_nothing_is_committed_before_the_group_s_commit_was_read() -> None:
    """It would hide what the commit says of the topic."""
    member = Member()
    member.client.group, member.client.metadata = {"t-0": 2}, {"t-0": "topic=other"}
    committed = member.client.committed

    def silent(*_: Any, **__: Any) -> Any:
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT))

    member.client.committed = silent  # type: ignore[method-assign]  # a fake's method
    assert member.poll() == [2, 3]
    member.group.commit({"t-0": 4})
    member.poll()
    assert member.client.group == {"t-0": 2}
    member.client.committed = committed  # type: ignore[method-assign]  # a fake's method
    assert member.look()[-4:] == [0, 1, 2, 3]


def test_a_commit_without_a_mark_is_believed() -> None:
    """One by another tool, or by an earlier release, says nothing of the topic; the next one does."""
    member = Member()
    member.client.group, member.client.metadata = {"t-0": 2}, {"t-0": "by hand"}
    assert [*member.poll(), *member.look()] == [2, 3]
    member.group.commit({"t-0": 4})
    assert member.client.metadata == {"t-0": "topic=first"}


@pytest.mark.robustness("topics that are recreated")
def test_a_partition_that_is_not_fetched_yet_begins_anew_later() -> None:
    """The client refuses to seek then: the next turn tries again, and nothing is forgotten before, nor passed."""
    member = Member()
    member.poll()
    member.look()
    member.make_again(10)
    seek = member.client.seek

    def refused(_: Any) -> None:
        raise KafkaException(KafkaError(KafkaError._STATE))

    member.client.seek = refused  # type: ignore[assignment]  # a fake's method
    member.look()
    assert member.listener.forgotten == []
    assert member.group.fetched_to() == {}
    member.client.seek = seek  # type: ignore[method-assign]  # a fake's method
    assert member.look()[-10:] == list(range(10))


@pytest.mark.robustness("topics that are recreated")
def test_a_cluster_that_tells_no_ids_changes_nothing() -> None:
    """Without an answer, without the topic, or without ids, records are consumed and committed as ever."""
    silent, without_topic, without_ids = Member(), Member(), Member()
    silent.cluster.answers = False
    without_topic.cluster.ids = {}
    without_ids.cluster.ids = {"t": NO_ID}
    for member in (silent, without_topic, without_ids):
        assert [*member.poll(), *member.look()] == [0, 1, 2, 3]
        member.group.commit({"t-0": 4})
        member.look()
        assert (member.client.group, member.client.metadata) == ({"t-0": 4}, {"t-0": ""})


def test_a_topic_that_is_deleted_keeps_its_id() -> None:
    """Only another id tells that it was made again; and one question is under way at a time."""
    time, cluster = VirtualTime(), Cluster(t="first")
    ids = TopicIds(cluster.describe, ["t"], time.clocks.clock)
    ids.look()
    ids.look()
    assert (ids.known, cluster.asked) == ({"t": "first"}, 1)
    cluster.ids.clear()
    time.sleep(LOOK_S)
    ids.look()
    ids.look()
    assert (ids.known, cluster.asked) == ({"t": "first"}, 2)
    cluster.answers = False
    for _ in range(5):
        time.sleep(LOOK_S)
        ids.look()
    assert cluster.asked == 3


def test_a_partition_s_topic_may_have_a_hyphen() -> None:
    """The number follows the last one."""
    marks = TopicMarks()
    marks.learn("mt-c400-11", "topic=first")
    assert marks.made_again(["mt-c400-11"], {"mt-c400": "second"}) == {"mt-c400-11": ("first", "second")}


def test_a_cluster_that_cannot_even_be_asked_is_asked_again() -> None:
    """A client that refuses the question ends nothing; the next look gets the answer."""
    time, cluster, refusals = VirtualTime(), Cluster(t="first"), [KafkaException(KafkaError(KafkaError._TRANSPORT))]

    def describe(topics: list[str]) -> dict[str, "Future[Any]"]:
        if refusals:
            raise refusals.pop()
        return cluster.describe(topics)

    ids = TopicIds(describe, ["t"], time.clocks.clock)
    ids.look()
    assert ids.known == {}
    time.sleep(LOOK_S)
    ids.look()
    ids.look()
    assert ids.known == {"t": "first"}


def test_an_answer_that_comes_while_others_are_taken_is_taken_by_the_next_look() -> None:
    """No answer falls between the look that takes what has come and what is kept for later."""
    late: Future[Any] = Future()

    class Early(Future[Any]):
        def result(self, timeout: float | None = None) -> Any:
            late.set_result(SimpleNamespace(topic_id="second"))
            return super().result(timeout)

    early = Early()
    early.set_result(SimpleNamespace(topic_id="first"))
    ids = TopicIds(lambda _: {"u": late, "t": early}, ["u", "t"], VirtualTime().clocks.clock)
    for _ in range(3):
        ids.look()
    assert ids.known == {"t": "first", "u": "second"}
