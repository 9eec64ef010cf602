"""Nothing is lost or overtaken, whatever Kafka does: what it has not acknowledged is kept and sent again."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from confluent_kafka import Message

from local.kafka import Kafka
from tests.integration.producer.broker import Broker, empty
from tests.integration.producer.command import Command, event_id, read_back, sequences_by_key
from tests.integration.producer.secure_kafka import SecureKafka

Produce = Callable[..., Command]


def _in_order(messages: list[Message]) -> bool:
    """Whether each key's messages came in order, a second copy of one left out."""
    firsts = (list(dict.fromkeys(sequence)) for sequence in sequences_by_key(messages).values())
    return all(sequence == sorted(sequence) for sequence in firsts)


@pytest.mark.robustness("outages of Kafka, stops and full queues")
def test_an_outage_longer_than_the_delivery_timeout_loses_nothing(broker: Broker, produce: Produce) -> None:
    """What waited too long goes to disk and comes back, before anything newer of its key."""
    command = produce(broker.bootstrap, rate=2000, messages=5000, queue_messages=1000, delivery_timeout_ms=1000)
    command.until(lambda figures: figures["acked"] > 500)
    broker.tell("down")
    command.until(lambda figures: figures["spooled"] > 0)
    time.sleep(1.5)
    broker.tell("up")
    status, errors = command.end()
    assert status == 0, errors
    figures = command.figures()
    assert (figures["produced"], figures["acked"], figures["spooled"]) == (5000, 5000, 0)
    messages = read_back(broker.bootstrap)
    assert len({event_id(message) for message in messages}) == 5000
    assert _in_order(messages)
    assert not list(command.state.glob("**/spool*"))


@pytest.mark.robustness("outages of Kafka, stops and full queues")
def test_a_silent_apache_kafka_loses_nothing(secure: SecureKafka, produce: Produce) -> None:
    """It stops answering with requests on their way, for longer than the delivery timeout: all arrives, in order."""
    empty(secure.plain)
    command = produce(secure.plain, rate=3000, messages=6000, queue_messages=1000, delivery_timeout_ms=1000)
    command.until(lambda figures: figures["acked"] > 500)
    secure.freeze()
    try:
        command.until(lambda figures: figures["spooled"] > 0)
        time.sleep(1)
    finally:
        secure.thaw()
    status, errors = command.end()
    assert status == 0, errors
    assert command.figures()["spooled"] == 0
    messages = read_back(secure.plain)
    assert len({event_id(message) for message in messages}) == 6000
    assert _in_order(messages)


@pytest.mark.robustness("outages of Kafka, stops and full queues")
def test_what_is_spooled_at_the_end_is_sent_first_at_the_next_start(broker: Broker, produce: Produce) -> None:
    """SIGTERM while Kafka is away: the next run brings the rest, in front of its own messages."""
    first = produce(broker.bootstrap, rate=1000, flush_timeout=0.2)
    first.until(lambda figures: figures["acked"] > 0)
    broker.tell("down")
    time.sleep(0.5)
    first.process.terminate()
    first.ends(4)
    left = first.figures()
    assert left["spooled"] > 100
    broker.tell("up")
    second = produce(broker.bootstrap, rate=1000, messages=500)
    second.ends(0)
    figures = second.figures()
    assert (figures["recovered"], figures["produced"], figures["spooled"]) == (left["spooled"], 500, 0)
    messages = read_back(broker.bootstrap)
    assert len({event_id(message) for message in messages}) == left["produced"] + 500
    acknowledged = [line.event_id for line in second.acknowledged()]
    recovered, own = set(acknowledged[: figures["recovered"]]), set(acknowledged[figures["recovered"] :])
    assert len(own) == 500
    at = {
        event_id(message): (f"{message.topic()}-{message.partition()}", message.offset() or 0) for message in messages
    }
    last: dict[str, int] = {}
    for partition, offset in map(at.__getitem__, recovered):
        last[partition] = max(offset, last.get(partition, -1))
    assert all(offset > last.get(partition, -1) for partition, offset in map(at.__getitem__, own))


@pytest.mark.robustness("outages of Kafka, stops and full queues")
def test_a_stop_while_the_spool_is_being_sent_keeps_it(broker: Broker, produce: Produce) -> None:
    """Kafka goes away again while the spool is on its way, and the process is ended: still nothing is lost."""
    command = produce(
        broker.bootstrap,
        rate=1000,
        queue_messages=1000,
        delivery_timeout_ms=1000,
        flush_timeout=0.2,
        compression="none",
    )
    command.until(lambda figures: figures["acked"] > 0)
    broker.tell("down")
    command.until(lambda figures: figures["spooled"] > 0)
    time.sleep(2)
    command.process.terminate()
    command.ends(4)
    left = command.figures()
    assert left["acked"] + left["spooled"] == left["produced"]
    broker.tell("up")
    produce(broker.bootstrap, messages=1).ends(0)
    assert len({event_id(message) for message in read_back(broker.bootstrap)}) == left["produced"] + 1


@pytest.mark.robustness("outages of Kafka, stops and full queues")
def test_a_full_queue_at_the_end_loses_nothing(broker: Broker, produce: Produce) -> None:
    """More threads than room, Kafka away from the start on: all that was produced is in the spool."""
    command = produce(broker.bootstrap, rate=2000, threads=8, queue_messages=100, flush_timeout=0.2)
    command.until(lambda figures: figures["acked"] > 0)
    broker.tell("down")
    command.until(lambda figures: figures["blocked_s"] > 1)
    command.process.send_signal(signal.SIGINT)
    command.ends(4)
    left = command.figures()
    assert left["acked"] + left["spooled"] == left["produced"]
    broker.tell("up")
    produce(broker.bootstrap, messages=1).ends(0)
    messages = read_back(broker.bootstrap)
    assert len({event_id(message) for message in messages}) == left["produced"] + 1


@pytest.mark.robustness("outages of Kafka, stops and full queues")
def test_apache_kafka_takes_the_spool(apache: Kafka, broker: Broker, produce: Produce) -> None:
    """What one cluster could not take is written to another that can: the spool does not depend on the client."""
    first = produce(broker.bootstrap, rate=1000, flush_timeout=0.2)
    first.until(lambda figures: figures["acked"] > 0)
    broker.tell("down")
    time.sleep(0.5)
    first.process.terminate()
    first.ends(4)
    second = produce(apache.bootstrap, messages=10)
    second.ends(0)
    messages = read_back(apache.bootstrap)
    assert len(messages) == first.figures()["spooled"] + 10
    assert all(dict(message.headers() or [])["correlation_id"] == event_id(message).encode() for message in messages)


@pytest.mark.robustness("outages of Kafka, stops and full queues")
def test_two_producers_do_not_share_a_state_directory(broker: Broker, produce: Produce) -> None:
    """The second one stops with one message; with a share of its own it runs."""
    first = produce(broker.bootstrap, rate=100)
    first.until(lambda figures: figures["acked"] > 0)
    status, errors = produce(broker.bootstrap, messages=1).end()
    assert (status, len(errors.splitlines())) == (5, 1)
    assert "PRODUCER_INSTANCE" in errors
    produce(broker.bootstrap, messages=1, instance="1/2").ends(0)


@pytest.mark.robustness("outages of Kafka, stops and full queues")
def test_without_a_state_directory_what_is_left_is_kept_all_the_same(
    broker: Broker, produce: Produce, tmp_path: Path
) -> None:
    """The log says where; a later start with that directory sends it."""
    command = produce(broker.bootstrap, rate=500, flush_timeout=0.2, state_dir="")
    command.until(lambda figures: figures["acked"] > 0)
    broker.tell("down")
    time.sleep(0.5)
    command.process.terminate()
    status, errors = command.end()
    assert status == 4
    kept = Path(
        next(line for line in errors.splitlines() if "spool.jsonl" in line).split('"spool": "')[1].split('"')[0]
    )
    assert sum(1 for _ in kept.open()) == command.figures()["spooled"]
    kept.unlink()
    kept.parent.rmdir()
