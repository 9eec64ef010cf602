"""A new group begins at a time: exactly where the cluster says, and an old group stays where it is."""

from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from consumer.kafka.client import KafkaUnavailableError
from consumer.kafka.starting_position import begin_at


class FakeClient:
    """A cluster with one topic: committed positions, the first offset at the time, and the ends."""

    def __init__(self, committed: list[int], at_time: list[int], fails: str = "") -> None:
        self.positions = committed
        self.at_time = at_time
        self.fails = fails
        self.asked: list[int] = []
        self.done: dict[int, int] = {}
        self.closed = False

    def __call__(self, options: dict[str, Any]) -> "FakeClient":
        return self

    def _answer(self, call: str) -> None:
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
        self._answer("commit")
        self.done = {each.partition: each.offset for each in offsets}

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
    with pytest.raises(KafkaUnavailableError, match="CONSUMER_STARTING_POSITION_TIMESTAMP"):
        begin_at(5_000, ["t"], {}, client)
    assert client.closed
