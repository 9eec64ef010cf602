"""Delivery reports: makes the function that the client calls for each message, with as little work as can be."""

import logging
from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain

from confluent_kafka import KafkaError

from producer.kafka.batch import SentBatch
from producer.kafka.client import DeliveryReport, Report
from producer.metrics.acks import Acks
from producer.state.ack_journal import AckJournal

_log = logging.getLogger(__name__)

Failed = Callable[[SentBatch, int, KafkaError], None]
"""Takes a message that was not delivered: its batch, its place there, and the error."""


class DeliveryReports:
    """Makes the reports of a batch's messages: they count, time and journal what Kafka acknowledges."""

    def __init__(self, acks: Acks, journal: AckJournal | None, failed: Failed) -> None:
        self._acks = acks
        self._journal = journal
        self._failed = failed

    def of(self, batch: SentBatch) -> Iterable[DeliveryReport]:
        """Return a report for each message of a batch. The first one is timed for the whole batch."""
        topics = batch.messages.topics
        of_topic = {topic: self._report(batch, topic) for topic in set(topics)}
        reports = map(of_topic.__getitem__, topics)
        timed = partial(_timed, next(reports), self._acks.note_latency)
        found: Iterable[DeliveryReport] = chain([timed], reports)
        if batch.messages.followed:
            found = _followed_in(batch, found)
        if self._journal is None:
            return found
        note = partial(_journalled, self._journal, batch)
        return (partial(note, place, report) for place, report in enumerate(found))

    def _report(self, batch: SentBatch, topic: str) -> DeliveryReport:
        """Return a function of its own for a batch and topic: what every message pays is kept to the minimum."""
        note, failed = self._acks.noter(topic), self._failed

        def report(error: KafkaError | None, message: Report) -> None:
            if error is None:
                batch.left -= 1
                note(message.partition())
            else:
                failed(batch, batch.place(message.key(), message.value()), error)

        return report


def _timed(report: DeliveryReport, note: Callable[[float], None], error: KafkaError | None, message: Report) -> None:
    report(error, message)
    latency = message.latency()
    if error is None and latency is not None:
        note(latency)


def _followed_in(batch: SentBatch, reports: Iterable[DeliveryReport]) -> Iterable[DeliveryReport]:
    """Return the reports, with those of the messages that are followed in their places."""
    found = list(reports)
    for place in batch.messages.followed:
        found[place] = partial(_followed, batch, place, found[place])
    return found


def _followed(batch: SentBatch, place: int, report: DeliveryReport, error: KafkaError | None, message: Report) -> None:
    report(error, message)
    if error is None:
        sent = batch.messages[place]
        facts = {
            "topic": sent.topic,
            "partition": message.partition(),
            "offset": message.offset(),
            "event_id": sent.event_id,
            "correlation_id": sent.correlation_id,
            "traceparent": sent.traceparent,
        }
        _log.info("acknowledged, and followed by its trace", extra=facts)


def _journalled(
    journal: AckJournal, batch: SentBatch, place: int, report: DeliveryReport, error: KafkaError | None, message: Report
) -> None:
    report(error, message)
    partition, offset = message.partition(), message.offset()
    if error is None and partition is not None and offset is not None:
        sent = batch.messages[place]
        journal.add(sent.event_id, sent.topic, partition, offset, sent.kind)
