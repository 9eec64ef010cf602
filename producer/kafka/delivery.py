"""Delivery: hands messages to the Kafka client and knows what became of each.

It names a topic and a key, never a partition: that is Kafka's to choose. A message ends acknowledged, refused (it is
at fault, and goes to the reject file), or is taken back, to be spooled and sent again (docs/adr/0011-spool.md).
"""

import json
import logging
from collections import Counter, deque
from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain, count, islice
from threading import Lock
from typing import Any, TypeAlias

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka import Message as Report

from comboio.errors import ServiceError
from producer.kafka.batch import Batch
from producer.kafka.errors import refuses_message
from producer.kafka.security import advice
from producer.message.message import Message, Messages
from producer.metrics.meter import Meter
from producer.state.ack_journal import AckJournal
from producer.state.reject_file import RejectFile

_log = logging.getLogger(__name__)
_FULL = 0.8
"""Share of the client's queue from which on workers wait, so that the queue never overflows."""
_ANY_PARTITION, _NOW = -1, 0
"""The client's own defaults. All arguments in their places cost a message a third of a microsecond less than names."""
_WAIT_S = 0.1
_TAKE_BACK_S = 10.0
"""Most that the client may take to give back what it holds; it needs milliseconds."""


DeliveryReport: TypeAlias = Callable[[KafkaError | None, Report], None]
"""What the client calls once for every message: with an error, or without one when Kafka has it."""


class KafkaUnreachableError(ServiceError):
    """No broker answered at start, or a topic is missing; the text says what to check."""


class Delivery:
    """The Kafka client and its delivery reports. One thread at a time, whichever polls, handles them."""

    def __init__(
        self,
        config: dict[str, Any],
        meter: Meter,
        journal: AckJournal | None,
        rejects: RejectFile,
        timeout_s: float,
        clock: Callable[[], float],
    ) -> None:
        self._meter = meter
        self._journal = journal
        self._rejects = rejects
        self._timeout_s = timeout_s
        self._clock = clock
        self._polling = Lock()
        self._served = clock()
        self._full = int(config["queue.buffering.max.messages"] * _FULL)
        self._trouble: dict[str, str] = {}
        self._failures: Counter[tuple[str, str]] = Counter()
        self._order = count()
        self._open: deque[Batch] = deque()
        self._kept: list[tuple[int, int, Batch]] = []
        self.fatal = ""
        """What the client says it cannot go on for; empty while it can."""
        self._client = Producer(
            {
                **config,
                "stats_cb": self._on_statistics,
                "error_cb": self._on_error,
                "logger": logging.getLogger("librdkafka"),
            }
        )
        self._produce = self._client.produce

    def __len__(self) -> int:
        """Messages without a delivery report yet; the client's own length counts errors and statistics too."""
        return sum([batch.left for batch in self._open.copy()]) - len(self._kept)

    def check(self, topics: list[str], timeout_s: float) -> None:
        """Makes sure that Kafka answers and has the topics.

        Raises:
            KafkaUnreachableError: it does not, or it has not.
        """
        try:
            metadata = self._client.list_topics(timeout=timeout_s)
        except KafkaException as error:
            self.serve()
            why = next(iter(self._trouble.values()), error.args[0].str())
            raise KafkaUnreachableError(f"Kafka did not answer within {timeout_s:g} s: {why}. {advice(why)}") from None
        missing = [topic for topic in topics if topic not in metadata.topics]
        if missing:
            raise KafkaUnreachableError(
                f"Kafka has no topic {', '.join(missing)}. Create what is missing (python -m producer topics apply), "
                "or choose another PRODUCER_TOPIC_STRATEGY or PRODUCER_TOPICS_FILE."
            )

    def send(self, messages: Messages, settled: Callable[[], None] | None, stopped: Callable[[], bool]) -> None:
        """Hands messages over as one batch; delivery reports come later. Waits while the client's queue is full.

        What finds no room before `stopped` is kept, in its place, with what is taken back.
        """
        batch = Batch(next(self._order), messages, self._clock(), settled)
        self._open.append(batch)
        place = 0
        while place < len(messages):
            place = self._hand_over(batch, place)
            if place < len(messages):
                self._wait()
                if stopped():
                    self._kept += [(batch.number, left, batch) for left in range(place, len(messages))]
                    return

    def _hand_over(self, batch: Batch, place: int) -> int:
        """Hands over from `place` on; where the client's queue was full, or the number of messages."""
        produce, messages = self._produce, batch.messages
        places, reports = range(len(messages)), self._reports(batch)
        columns = zip(
            *(places, messages.topics, messages.values, messages.keys, messages.headers(), reports), strict=False
        )
        at: int
        for at, topic, value, key, headers, report in islice(columns, place, None):
            try:
                produce(topic, value, key, _ANY_PARTITION, report, None, _NOW, headers)
            except BufferError:
                return at
            except KafkaException as error:
                with self._polling:
                    self._failed(batch, at, error.args[0])
        return len(messages)

    def _reports(self, batch: Batch) -> Iterable[DeliveryReport]:
        """What each message's delivery report is given to. The first one is timed for the whole batch."""
        topics = batch.messages.topics
        of_topic = {topic: self._report(batch, topic) for topic in set(topics)}
        reports = map(of_topic.__getitem__, topics)
        timed = partial(_timed, next(reports), self._meter.acks.note_latency)
        if self._journal is None:
            return chain([timed], reports)
        note = partial(_journalled, self._journal, batch)
        return (partial(note, place, report) for place, report in enumerate(chain([timed], reports)))

    def make_room(self, stopped: Callable[[], bool]) -> None:
        """Waits until the queue is below its limit, or `stopped`: slowing down comes before overflowing."""
        while len(self._client) >= self._full and not stopped():
            self._wait()

    def serve(self, timeout_s: float = 0.0) -> None:
        """Handles the delivery reports there are, waiting up to `timeout_s`; nothing if another thread does."""
        if self._polling.acquire(blocking=False):
            try:
                self._client.poll(timeout_s)
                self._served = self._clock()
            finally:
                self._polling.release()
            self._meter.acks.count_many()

    def serve_if_nobody_has(self, for_s: float) -> None:
        """Handles the delivery reports if nobody has in the last `for_s` seconds.

        While a worker runs, another thread that polls must wait for the GIL with each single report.
        """
        if self._clock() - self._served >= for_s:
            self.serve()

    def settle(self) -> int:
        """Lets go of the batches that are done, in the order in which they began; how many are still open."""
        while self._open and self._open[0].left == 0:
            settled = self._open.popleft().settled
            if settled is not None:
                settled()
        return len(self._open)

    def interrupted(self) -> bool:
        """Whether something failed that was not the message's fault, or has been under way for too long."""
        self.settle()
        overdue = bool(self._open) and self._clock() - self._open[0].began > self._timeout_s
        return bool(self._kept) or overdue

    def take_back(self, keep: Callable[[list[Message]], None]) -> None:
        """Gives everything that is not acknowledged to `keep`, in order. No other thread may be sending.

        What was on the network may have been written all the same: sent again, it is there twice.
        """
        with self._polling:
            deadline = self._clock() + _TAKE_BACK_S
            while len(self) and self._clock() < deadline:
                self._client.purge(in_queue=True, in_flight=True, blocking=True)
                self._client.poll(_WAIT_S)
            kept, self._kept = sorted(self._kept, key=lambda each: each[:2]), []
            keep([batch.messages[place] for _, place, batch in kept])
            for _, _, batch in kept:
                batch.left -= 1
        self.settle()

    def report_failures(self) -> None:
        """Logs what failed since the last call: one line a topic and reason, or a kind of trouble, however often."""
        failures, self._failures = self._failures, Counter()
        for (topic, reason), messages in failures.items():
            _log.error("not delivered: %s", reason, extra={"topic": topic, "messages": messages})
        trouble, self._trouble = self._trouble, {}
        for reason in trouble.values():
            _log.warning("kafka: %s", reason)

    def _wait(self) -> None:
        began = self._clock()
        with self._polling:
            self._client.poll(_WAIT_S)
        self._meter.blocked(self._clock() - began)

    def _report(self, batch: Batch, topic: str) -> DeliveryReport:
        """A function of its own for a batch and topic: what every message pays is kept to the least."""
        note = self._meter.acks.noting(topic)

        def report(error: KafkaError | None, message: Report) -> None:
            if error is None:
                batch.left -= 1
                note(message.partition())
            else:
                self._failed(batch, batch.place(message.key(), message.value()), error)

        return report

    def _failed(self, batch: Batch, place: int, error: KafkaError) -> None:
        message = batch.messages[place]
        if refuses_message(error):
            self._rejects.add(f"refused by Kafka: {error.str()}", f"topic {message.topic}", message.value or b"")
            self._meter.failed()
            self._failures[message.topic, error.str()] += 1
            batch.left -= 1
            return
        if error.code() not in (KafkaError._PURGE_QUEUE, KafkaError._PURGE_INFLIGHT):
            self._failures[message.topic, error.str()] += 1
        self._kept.append((batch.number, place, batch))

    def _on_statistics(self, text: str) -> None:
        self._meter.statistics(json.loads(text))

    def _on_error(self, error: KafkaError) -> None:
        if error.fatal():
            self.fatal = error.str()
        self._trouble[error.name()] = error.str()


def _timed(report: DeliveryReport, note: Callable[[float], None], error: KafkaError | None, said: Report) -> None:
    report(error, said)
    latency = said.latency()
    if error is None and latency is not None:
        note(latency)


def _journalled(
    journal: AckJournal, batch: Batch, place: int, report: DeliveryReport, error: KafkaError | None, said: Report
) -> None:
    report(error, said)
    partition, offset = said.partition(), said.offset()
    if error is None and partition is not None and offset is not None:
        message = batch.messages[place]
        journal.add(message.event_id, message.topic, partition, offset, message.kind)
