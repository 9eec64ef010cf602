"""What every Kafka of the local stack must do, whichever is chosen."""

import time
import uuid
from collections import Counter
from collections.abc import Callable

import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from local.kafka import Kafka, broker
from local.kafka.retention import RetentionError, RetentionWatch
from tests.integration.local.listening import addresses_of

PARTITIONS = 4


@pytest.fixture(params=["embedded", "apache"])
def kafka(request: pytest.FixtureRequest) -> Kafka:
    found: Kafka = request.getfixturevalue(f"{request.param}_kafka")
    return found


@pytest.fixture
def topic(kafka: Kafka) -> str:
    name = f"topic-{uuid.uuid4().hex[:8]}"
    kafka.create_topics({name: PARTITIONS})
    return name


def produce(kafka: Kafka, topic: str, count: int) -> Counter[int]:
    """Produce numbered messages; return how many were acknowledged, by partition."""
    acknowledged: Counter[int] = Counter()

    def on_delivery(error: object, message: object) -> None:
        assert error is None
        acknowledged[message.partition()] += 1  # type: ignore[attr-defined]  # confluent-kafka's Message

    producer = Producer(
        {"bootstrap.servers": kafka.bootstrap, "enable.idempotence": True, "compression.type": "lz4", "linger.ms": 5}
    )
    for number in range(count):
        producer.produce(
            topic, b"value %d" % number, key=b"%d" % number, headers={"h": b"\xff"}, on_delivery=on_delivery
        )
    assert producer.flush(20) == 0
    return acknowledged


def member(kafka: Kafka, topic: str, group: str) -> Consumer:
    consumer = Consumer(
        {
            "bootstrap.servers": kafka.bootstrap,
            "group.id": group,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "partition.assignment.strategy": "cooperative-sticky",
            "session.timeout.ms": kafka.session_timeout_ms,
            "heartbeat.interval.ms": 500,
        }
    )
    consumer.subscribe([topic])
    return consumer


def eventually(step: Callable[[], bool], within_s: float = 20) -> None:
    """Take the step until it is true."""
    deadline = time.monotonic() + within_s
    while not step():
        assert time.monotonic() < deadline, "it did not come about in time"


def take(taken: Counter[tuple[int, int]], *consumers: Consumer) -> None:
    """One poll of each consumer; counts what comes by partition and offset."""
    for consumer in consumers:
        for message in consumer.consume(500, 0.1):
            assert message.error() is None
            taken[message.partition() or 0, message.offset() or 0] += 1


def commit(consumer: Consumer) -> bool:
    """Commit all positions; False while the group rebalances and the broker refuses."""
    try:
        consumer.commit(asynchronous=False)
    except KafkaException:
        return False
    return True


def test_what_is_produced_is_consumed(kafka: Kafka, topic: str) -> None:
    """Every acknowledged record arrives once, byte for byte, with offsets from 0 on in each partition."""
    acknowledged = produce(kafka, topic, 1000)
    consumer = member(kafka, topic, f"group-{topic}")
    found = []

    def step() -> bool:
        found.extend(consumer.consume(500, 0.1))
        return len(found) >= 1000

    eventually(step)
    consumer.close()
    assert {message.value() for message in found} == {b"value %d" % number for number in range(1000)}
    assert all(message.headers() == [("h", b"\xff")] for message in found)
    assert all(message.value() == b"value " + (message.key() or b"") for message in found)
    assert {(message.partition(), message.offset()) for message in found} == {
        (partition, offset) for partition, count in acknowledged.items() for offset in range(count)
    }


def test_watermarks_tell_the_lag(kafka: Kafka, topic: str) -> None:
    """The high watermark is one past the last acknowledged offset: lag can be counted from it."""
    acknowledged = produce(kafka, topic, 500)
    with RetentionWatch(kafka.bootstrap, f"group-{topic}", {topic: PARTITIONS}) as watch:
        windows = watch.windows()
    assert {window.partition: window.high for window in windows} == {
        partition: acknowledged[partition] for partition in range(PARTITIONS)
    }
    assert {(window.low, window.committed) for window in windows} == {(0, 0)}


@pytest.mark.robustness("the emulator, held to what the product relies on")
def test_partitions_move_to_a_late_consumer_and_nothing_is_lost(kafka: Kafka, topic: str) -> None:
    """A consumer that joins late gets its share; every record is seen, and the commits end at the end."""
    group = f"group-{topic}"
    produce(kafka, topic, 500)
    taken: Counter[tuple[int, int]] = Counter()
    early = member(kafka, topic, group)

    def polled(condition: Callable[[], bool], *consumers: Consumer) -> Callable[[], bool]:
        def step() -> bool:
            take(taken, *consumers)
            return condition()

        return step

    eventually(polled(lambda: len(taken) == 500, early))
    assert commit(early)
    late = member(kafka, topic, group)
    eventually(polled(lambda: len(late.assignment()) == PARTITIONS // 2, early, late))
    produce(kafka, topic, 500)
    eventually(polled(lambda: len(taken) == 1000, early, late))
    eventually(polled(lambda: commit(early) and commit(late), early, late))
    partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
    assert sum(held.offset for held in early.committed(partitions, timeout=5)) == 1000
    early.close()
    late.close()


def test_topics_are_created_once(kafka: Kafka, topic: str) -> None:
    """Asking again for a topic that is there changes nothing, and asking for none is no mistake."""
    produce(kafka, topic, 10)
    kafka.create_topics({topic: PARTITIONS})
    kafka.create_topics({})
    with RetentionWatch(kafka.bootstrap, "nobody", {topic: PARTITIONS}) as watch:
        assert sum(window.high for window in watch.windows()) == 10


def test_the_broker_listens_on_loopback_only(kafka: Kafka) -> None:
    """No other machine can reach it."""
    assert addresses_of(int(kafka.bootstrap.rpartition(":")[2])) == {"127.0.0.1"}


@pytest.mark.robustness("the emulator, held to what the product relies on")
def test_the_embedded_broker_discards_and_the_watch_tells(embedded_kafka: Kafka) -> None:
    """Beyond its 5 MB a partition, unread records go silently: the watch stops the run, and only then."""
    topic, group = f"topic-{uuid.uuid4().hex[:8]}", f"group-{uuid.uuid4().hex[:8]}"
    embedded_kafka.create_topics({topic: 1})
    producer = Producer({"bootstrap.servers": embedded_kafka.bootstrap, "linger.ms": 0})

    def produce_mb(count: int) -> None:
        for _ in range(count * 10):
            producer.produce(topic, bytes(100_000))
        assert producer.flush(20) == 0

    with RetentionWatch(embedded_kafka.bootstrap, group, {topic: 1}) as watch:
        produce_mb(4)
        watch.check()
        produce_mb(4)
        with pytest.raises(RetentionError, match=f"{topic}-0.*KAFKA=apache"):
            watch.check()
        [window] = watch.windows()
        reader = Consumer({"bootstrap.servers": embedded_kafka.bootstrap, "group.id": group})
        reader.commit(offsets=[TopicPartition(topic, 0, window.high)], asynchronous=False)
        reader.close()
        watch.check()


def test_any_cluster_can_be_used_by_its_address(apache_kafka: Kafka) -> None:
    """A running cluster gets the topics it lacks, and keeps those it has."""
    here, new = f"topic-{uuid.uuid4().hex[:8]}", f"topic-{uuid.uuid4().hex[:8]}"
    apache_kafka.create_topics({here: 1})
    produce(apache_kafka, here, 10)
    with broker(apache_kafka.bootstrap, {here: 1, new: 3}) as kafka:
        assert kafka.kind == "external"
        with RetentionWatch(kafka.bootstrap, "nobody", {here: 1, new: 3}) as watch:
            assert [window.high for window in watch.windows()] == [10, 0, 0, 0]
