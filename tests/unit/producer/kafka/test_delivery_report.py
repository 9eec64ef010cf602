"""A delivery report counts, times and journals what Kafka acknowledged, and hands on what it did not."""

from typing import NamedTuple, cast

import pytest
from confluent_kafka import KafkaError

from producer.kafka.batch import SentBatch
from producer.kafka.delivery_report import DeliveryReports
from producer.message.message import MessageBatch, OutgoingMessage
from producer.metrics.acks import Acks
from producer.state.ack_journal import AckJournal

BATCH = [OutgoingMessage(topic, b"k", b"%d" % at, f"e{at}", "c", "00") for at, topic in enumerate("aab")]


class Message(NamedTuple):
    """A message that the client is done with."""

    at: int
    partition_: int | None = 1
    offset_: int | None = 7

    def partition(self) -> int | None:
        return self.partition_

    def offset(self) -> int | None:
        return self.offset_

    def key(self) -> bytes | None:
        return b"k"

    def value(self) -> bytes | None:
        return b"%d" % self.at

    def latency(self) -> float | None:
        return 0.1 * (self.at + 1)


class Journal:
    """A journal in memory."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, int, int, str]] = []

    def add(self, event_id: str, topic: str, partition: int, offset: int, kind: str) -> None:
        self.lines.append((event_id, topic, partition, offset, kind))


def run(journal: Journal | None, error: KafkaError | None) -> tuple[Acks, SentBatch, list[int]]:
    """Call every report of a batch; return the counts, the batch, and the places that failed."""
    acks, failed = Acks(), list[int]()
    batch = SentBatch(0, MessageBatch.of(BATCH), 0.0)
    reports = DeliveryReports(acks, cast("AckJournal | None", journal), lambda _, place, __: failed.append(place))
    for at, report in enumerate(reports.of(batch)):
        report(error, Message(at))
    return acks, batch, failed


def test_an_acknowledged_message_is_counted_by_partition_and_timed_once_a_batch() -> None:
    """Each message counts for its topic's partition; only the first one's latency is kept."""
    acks, batch, failed = run(None, None)
    assert (acks.by_partition(), batch.left, failed) == ({"a-1": 2, "b-1": 1}, 0, [])
    assert 95 <= acks.latencies().percentiles([100])[0] <= 106


def test_the_journal_has_each_acknowledged_message() -> None:
    """With a journal, each message is written with its own id, topic, partition and offset."""
    journal = Journal()
    run(journal, None)
    assert journal.lines == [("e0", "a", 1, 7, "ok"), ("e1", "a", 1, 7, "ok"), ("e2", "b", 1, 7, "ok")]


def test_a_failed_message_is_handed_on_with_its_place() -> None:
    """What was not delivered counts nowhere, and is in no journal."""
    journal = Journal()
    acks, batch, failed = run(journal, KafkaError(KafkaError._PURGE_QUEUE))
    assert (failed, batch.left, acks.by_partition(), journal.lines) == ([0, 1, 2], 3, {}, [])
    assert acks.latencies().percentiles([100]) == [0.0]


@pytest.mark.parametrize("with_journal", [True, False])
def test_a_message_that_is_followed_has_a_log_line_once_kafka_has_it(
    with_journal: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """The sampled one alone, with what finds it everywhere; where it failed, there is none."""
    acks, journal = Acks(), cast("AckJournal", Journal())
    for error in (KafkaError(KafkaError._PURGE_QUEUE), None):
        messages = MessageBatch.of([*BATCH[:1], BATCH[1]._replace(traceparent="00-a-b-01"), BATCH[2]])
        batch = SentBatch(0, messages, 0.0)
        reports = DeliveryReports(acks, journal if with_journal else None, lambda *_: None)
        with caplog.at_level("INFO"):
            for at, report in enumerate(reports.of(batch)):
                report(error, Message(at))
    (line,) = caplog.records
    told = {name: getattr(line, name) for name in ("event_id", "correlation_id", "traceparent", "topic", "offset")}
    assert told == {"event_id": "e1", "correlation_id": "c", "traceparent": "00-a-b-01", "topic": "a", "offset": 7}
    assert acks.by_partition() == {"a-1": 2, "b-1": 1}
