"""A new group begins at a time, or at the end: exactly where the cluster says, and an old group stays where it is."""

from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from consumer.kafka.client import KafkaUnavailableError
from consumer.kafka.starting_position import begin_at, begin_at_end


class FakeClient:
    """A cluster with one topic: committed positions, the first offset at the time, and the ends."""

    def __init__(self, committed: list[int], at_time: list[int], fails: str = "") -> None:
        self.positions = committed
        self.at_time = at_time
        self.fails = fails
        self.asked: list[int] = []
        self.done: dict[int, int] = {}
        self.closed = False
        self.another_commits = False
        self.moves: set[str] = set()

    def __call__(self, options: dict[str, Any]) -> "FakeClient":
        return self

    def _answer(self, call: str) -> None:
        if call in self.moves:
            self.moves.remove(call)
            raise KafkaException(KafkaError(KafkaError.NOT_COORDINATOR))
        if call == self.fails:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))

    def list_topics(self, timeout: float) -> Any:
        return SimpleNamespace(topics={"t": SimpleNamespace(partitions=range(len(self.positions)))})

    def committed(self, partitions: list[TopicPartition], timeout: float) -> list[TopicPartition]:
        self._answer("committed")
        return [TopicPartition(each.topic, each.partition, self.positions[each.partition]) for each in partitions]

    def offsets_for_times(self, partitions: list[TopicPartition], timeout: float) -> list[TopicPartition]:
        self.asked = [each.offset for each in partitions]
        return [TopicPartition(each.topic, each.partition, self.at_time[each.partition]) for each in partitions]

    def get_watermark_offsets(self, partition: TopicPartition, timeout: float) -> tuple[int, int]:
        return 0, 100

    def commit(self, offsets: list[TopicPartition], asynchronous: bool) -> None:
        if self.another_commits:
            self.positions = [each if each >= 0 else 1 for each in self.positions]
        self._answer("commit")
        self.done = {each.partition: each.offset for each in offsets}

    @property
    def begun(self) -> dict[str, int]:
        return {f"t-{number}": offset for number, offset in self.done.items()}

    def close(self) -> None:
        self.closed = True


def test_a_new_group_begins_at_the_time_and_an_old_one_stays() -> None:
    """Only partitions without a position get one; without a record at the time it is the end."""
    client = FakeClient([-1001, 7, -1001], [40, 41, -1])
    assert begin_at(5_000, ["t"], {}, client) == {"t-0": 40, "t-2": 100}
    assert client.asked == [5_000, 5_000]
    assert client.done == {0: 40, 2: 100}
    assert client.closed


def test_a_group_with_positions_asks_for_nothing() -> None:
    """A restart goes on where it was."""
    client = FakeClient([3, 7], [0, 0])
    assert begin_at(5_000, ["t"], {}, client) == {}
    assert client.done == {}


@pytest.mark.robustness("a group and a client that break")
@pytest.mark.parametrize("call", ["committed", "commit"])
def test_a_cluster_that_does_not_answer_is_an_error_of_its_own(call: str) -> None:
    """The service ends with a status to be started again, and begins nowhere else."""
    client = FakeClient([-1001], [40], call)
    with pytest.raises(KafkaUnavailableError, match="CONSUMER_STARTING_POSITION"):
        begin_at(5_000, ["t"], {}, client)
    assert client.closed


def test_a_new_group_begins_at_the_end() -> None:
    """In each partition, whatever is there; what comes between that and its first poll is not missed."""
    client = FakeClient([-1001, -1001], [])
    assert begin_at_end(["t"], {}, client) == client.begun == {"t-0": 100, "t-1": 100}
    assert client.closed


@pytest.mark.robustness("a group and a client that break")
def test_a_group_that_has_begun_misses_no_partition_that_is_added() -> None:
    """It has no position there, and it is no new group: the client begins at the oldest record."""
    client = FakeClient([7, -1001], [])
    assert begin_at_end(["t"], {}, client) == client.begun == {}


@pytest.mark.robustness("a group and a client that break")
def test_another_consumer_that_began_first_is_no_error() -> None:
    """Its commit refuses ours once it is in the group; where nobody began it stays an error."""
    client = FakeClient([-1001, -1001], [5, 6], "commit")
    client.another_commits = True
    assert begin_at_end(["t"], {}, client) == {}
    client = FakeClient([-1001, -1001], [5, 6], "commit")
    client.another_commits = True
    assert begin_at(5_000, ["t"], {}, client) == {}


def test_a_coordinator_that_moves_does_not_end_the_start() -> None:
    """Neither the question nor the commit is lost to a broker that just handed the group over."""
    client = FakeClient([-1001, 7], [40, 41])
    client.moves = {"committed", "commit"}
    assert begin_at(5_000, ["t"], {}, client) == {"t-0": 40}
    assert client.done == {0: 40}
    assert not client.moves
    assert client.closed
