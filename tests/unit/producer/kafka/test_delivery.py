"""Delivery: every message ends acknowledged, rejected or taken back, and a batch's fault is no message's."""

from collections.abc import Callable
from pathlib import Path

import pytest
from confluent_kafka import KafkaError
from hypothesis import given
from hypothesis import strategies as st

from producer.kafka.config import kafka_config
from producer.kafka.delivery import KafkaDelivery
from producer.message.message import MessageBatch, OutgoingMessage
from producer.metrics.meter import Meter
from producer.options.settings import ProducerSettings
from producer.state.reject_file import RejectFile
from tests.support.fake_kafka import FakeCluster
from tests.support.faulty_disk import failure_log, sound_disk


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class _Producer:
    """A delivery to a cluster in memory, and what a run does with it."""

    def __init__(self, cluster: FakeCluster, clock: _Clock | None = None, queue: int = 1_000) -> None:
        settings = ProducerSettings.from_environment(
            {"KAFKA_BOOTSTRAP_SERVERS": "b:1", "PRODUCER_QUEUE_MESSAGES": str(queue)}
        )
        self.cluster = cluster
        self.meter = Meter(0.0)
        self.rejects = RejectFile(lambda: Path("none"), lambda: "", sound_disk(), failure_log())
        self.delivery = KafkaDelivery(
            kafka_config(settings), cluster.connect, self.meter, None, self.rejects, 10.0, clock or _Clock()
        )

    def send(self, values: list[bytes], settled: Callable[[], None] | None = None) -> None:
        self.delivery.send(MessageBatch.of([_message(value) for value in values]), settled, lambda: False)

    def until_done(self) -> int:
        """Send again what comes back until nothing does; return how often."""
        for times in range(100):
            self.delivery.serve()
            if not self.delivery.interrupted():
                self.delivery.resent()
                return times
            messages, _ = self.delivery.take_back()
            for message in messages:
                self.delivery.send(MessageBatch.of([message]), None, lambda: False)
        raise AssertionError("it never ends")

    def values(self) -> list[bytes]:
        return [value or b"" for _, _, value in self.cluster.written]


def _message(value: bytes) -> OutgoingMessage:
    return OutgoingMessage("t", b"k", value, "e", "c", "00")


def _values(count: int, size: int = 300) -> list[bytes]:
    return [(b"%06d" % number).ljust(size, b".") for number in range(count)]


def test_what_kafka_has_is_settled_in_order() -> None:
    """A source forgets a batch when it and every one before it is acknowledged."""
    producer, settled = _Producer(FakeCluster()), list[int]()
    for number in range(3):
        producer.send(_values(10), lambda number=number: settled.append(number))  # type: ignore[misc]
    assert len(producer.delivery) == 30
    producer.delivery.settle()
    assert settled == []
    producer.delivery.serve()
    producer.delivery.settle()
    assert (settled, len(producer.delivery)) == ([0, 1, 2], 0)
    assert sum(producer.meter.acks.by_partition().values()) == 30


@pytest.mark.robustness("messages that Kafka refuses")
def test_everything_that_is_not_acknowledged_is_taken_back_in_order() -> None:
    """It comes with what its sources wait for, and then nothing is held."""
    cluster, settled = FakeCluster(up=False), list[int]()
    producer = _Producer(cluster)
    for number in range(5):
        producer.send([b"%d-%d" % (number, at) for at in range(10)], lambda number=number: settled.append(number))  # type: ignore[misc]
    taken = producer.delivery.take_back()
    assert [message.value for message in taken.messages] == [b"%d-%d" % (n, at) for n in range(5) for at in range(10)]
    assert (len(producer.delivery), settled) == (0, [])
    for call in taken.settled:
        call()
    assert settled == [0, 1, 2, 3, 4]


@pytest.mark.robustness("messages that Kafka refuses")
def test_a_queue_without_room_keeps_the_rest_in_its_place() -> None:
    """What finds no room when the run stops is taken back behind what was in the client."""
    producer = _Producer(FakeCluster(up=False), queue=10)
    messages = [_message(b"%d" % number) for number in range(25)]
    producer.delivery.send(MessageBatch.of(messages), None, lambda: True)
    assert producer.delivery.take_back().messages == messages


@pytest.mark.robustness("messages that Kafka refuses")
def test_a_client_that_does_not_give_back_costs_no_message() -> None:
    """Of a batch that the client does not account for, everything is sent again: twice is better than never."""
    clock = _Clock()
    cluster = FakeCluster(up=False)
    producer = _Producer(cluster, clock)
    producer.send(_values(10))
    client = cluster.clients[0]
    stuck, client._queue = client._queue, []
    client.purge = lambda **_: setattr(clock, "now", clock.now + 6.0)  # type: ignore[method-assign] # a client that does nothing
    assert len(producer.delivery.take_back().messages) == 10
    assert len(producer.delivery) == 0
    stuck[0].report(None, stuck[0])
    stuck[1].report(KafkaError(KafkaError._PURGE_QUEUE), stuck[1])
    assert len(producer.delivery) == 0


@pytest.mark.robustness("messages that Kafka refuses")
def test_a_client_full_of_what_it_did_not_give_back_is_emptied_later() -> None:
    """What it holds of before leaves no room for anything: the next taking back purges it, though all is accounted
    for, and then messages go on."""
    clock = _Clock()
    cluster = FakeCluster(up=False)
    producer = _Producer(cluster, clock, queue=10)
    producer.send(_values(10))
    client = cluster.clients[0]
    purge = client.purge
    client.purge = lambda **_: setattr(clock, "now", clock.now + 6.0)  # type: ignore[method-assign] # a client that does nothing
    assert len(producer.delivery.take_back().messages) == 10
    client.purge = purge  # type: ignore[method-assign] # and works again
    producer.delivery.send(MessageBatch.of([_message(b"new")]), None, lambda: True)
    assert [message.value for message in producer.delivery.take_back().messages] == [b"new"]
    cluster.up = True
    producer.send([b"new"])
    producer.until_done()
    assert producer.values() == [b"new"]


@pytest.mark.robustness("messages that Kafka refuses")
def test_nobody_waits_for_room_that_nothing_in_flight_takes() -> None:
    """A client that is nearly full of what was given up long since, and never reports it, holds up no worker."""
    clock = _Clock()
    cluster = FakeCluster(up=False)
    producer = _Producer(cluster, clock, queue=10)
    producer.send(_values(9))
    cluster.clients[0].purge = lambda **_: setattr(clock, "now", clock.now + 6.0)  # type: ignore[method-assign] # a client that does nothing
    assert len(producer.delivery.take_back().messages) == 9
    asked: list[bool] = []
    producer.delivery.make_room(lambda: bool(asked.append(True)) or len(asked) > 3)  # type: ignore[func-returns-value] # counts
    assert asked == []


@pytest.mark.robustness("messages that Kafka refuses")
def test_what_waits_for_too_long_interrupts() -> None:
    """The oldest batch's age counts."""
    clock = _Clock()
    producer = _Producer(FakeCluster(up=False), clock)
    producer.send(_values(1))
    clock.now = 10.0
    assert not producer.delivery.interrupted()
    clock.now = 10.1
    assert producer.delivery.interrupted()


@pytest.mark.robustness("messages that Kafka refuses")
@given(st.integers(400, 60_000), st.lists(st.sampled_from([0, 1, 2, 3, 4, 5, 6]), max_size=80))
def test_only_what_is_too_large_alone_is_rejected(limit: int, sizes: list[int]) -> None:
    """Whatever a topic takes, unknown beforehand, what fits alone is written once, and the rest is rejected."""
    values = [(b"%06d" % number).ljust(100 * 4**size, b".") for number, size in enumerate(sizes)]
    producer = _Producer(FakeCluster(max_message_bytes=limit))
    producer.send(values)
    producer.until_done()
    assert sorted(producer.values()) == [value for value in values if len(value) + 1 <= limit]
    assert len(producer.rejects) == len([value for value in values if len(value) + 1 > limit])


@pytest.mark.robustness("messages that Kafka refuses")
def test_batches_stay_as_large_as_the_topic_takes() -> None:
    """After the refusals that it takes to learn the limit there are none, and batches are not single messages."""
    producer = _Producer(FakeCluster(max_message_bytes=20_000), queue=10_000)
    producer.send(_values(3_000))
    assert 0 < producer.until_done() <= 7
    producer.cluster.batches.clear()
    producer.send(_values(3_000))
    assert producer.until_done() == 0
    assert max(producer.cluster.batches) > 10


@pytest.mark.robustness("messages that Kafka refuses")
def test_a_message_too_large_for_the_client_is_rejected_at_once() -> None:
    """Those around it are not held up."""
    producer = _Producer(FakeCluster())
    producer.send([b"a", b"x" * 2_000_000, b"b"])
    assert producer.until_done() == 0
    assert (producer.values(), len(producer.rejects)) == ([b"a", b"b"], 1)


@pytest.mark.robustness("messages that Kafka refuses")
def test_one_invalid_message_takes_no_other_along() -> None:
    """What is said of a whole batch is found out message by message, and then batches are whole again."""
    producer = _Producer(FakeCluster(refuses=lambda value: value == b"bad"))
    producer.send([b"a", b"bad", b"b"])
    producer.until_done()
    assert (producer.values(), len(producer.rejects)) == ([b"a", b"b"], 1)
    producer.cluster.batches.clear()
    producer.send(_values(50))
    producer.until_done()
    assert producer.cluster.batches == [50]


@pytest.mark.robustness("messages that Kafka refuses")
@pytest.mark.parametrize("code", [KafkaError.NOT_ENOUGH_REPLICAS, KafkaError.TOPIC_AUTHORIZATION_FAILED])
def test_circumstances_reject_nothing(code: int) -> None:
    """A failure that is not the message's is sent again."""
    producer = _Producer(FakeCluster(fails=[KafkaError(code)]))
    producer.send(_values(10))
    assert producer.until_done() == 1
    assert (producer.values(), len(producer.rejects)) == (_values(10), 0)


def test_equal_messages_are_all_delivered() -> None:
    """Two messages of the same bytes in one batch are told apart by nobody, and neither is lost."""
    producer = _Producer(FakeCluster(fails=[KafkaError(KafkaError.NOT_ENOUGH_REPLICAS)]))
    producer.send([b"same", b"same", b"other"])
    producer.until_done()
    assert sorted(producer.values()) == [b"other", b"same", b"same"]


def test_failures_are_logged_once_a_reason(caplog: pytest.LogCaptureFixture) -> None:
    """However many messages fail, there is a line a topic and reason."""
    producer = _Producer(FakeCluster(fails=[KafkaError(KafkaError.NOT_ENOUGH_REPLICAS)]))
    producer.send(_values(10))
    producer.until_done()
    producer.delivery.report_failures()
    producer.delivery.report_failures()
    assert [vars(record).get("messages") for record in caplog.records if "not delivered" in record.message] == [10]
