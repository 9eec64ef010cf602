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
from typing import Any, NamedTuple

from confluent_kafka import KafkaError, KafkaException

from producer.kafka.batch import SentBatch
from producer.kafka.client import Connect, DeliveryReport, KafkaClient, Report
from producer.kafka.errors import is_message_error, is_too_large
from producer.message.message import MessageBatch, OutgoingMessage
from producer.metrics.meter import Meter
from producer.state.ack_journal import AckJournal
from producer.state.reject_file import RejectFile

FULL = 0.8
"""Share of the client's queue from which on workers wait, so that the queue never overflows."""

ANY_PARTITION, CURRENT_TIME = -1, 0
"""The client's own defaults. All arguments in their places cost a message a third of a microsecond less than names."""

WAIT_S = 0.1
"""Longest wait for reports at a time, after which the caller looks whether to stop."""

TAKE_BACK_S = 10.0
"""Longest that the client may take to give back what it holds; it needs milliseconds."""

ALONE = {"batch.size": 1, "batch.num.messages": 1, "linger.ms": 0}
"""The client's options when each message is sent in a batch of its own, so that a refusal means this message."""

_log = logging.getLogger(__name__)


class TakenBack(NamedTuple):
    """What the client no longer holds, and Kafka has not acknowledged."""

    messages: list[OutgoingMessage]
    """The messages, in the order in which they were sent."""
    settled: list[Callable[[], None]]
    """To be called, in order, once the messages are safe: what their sources may forget then."""


class KafkaDelivery:
    """The Kafka client and its delivery reports. One thread at a time, whichever polls, handles them."""

    def __init__(
        self,
        config: dict[str, Any],
        connect: Connect,
        meter: Meter,
        journal: AckJournal | None,
        rejects: RejectFile,
        timeout_s: float,
        clock: Callable[[], float],
    ) -> None:
        self._config = config
        self._connect = connect
        self._meter = meter
        self._journal = journal
        self._rejects = rejects
        self._timeout_s = timeout_s
        self._clock = clock
        self._polling = Lock()
        self._served = clock()
        self._full = int(config["queue.buffering.max.messages"] * FULL)
        self._trouble: dict[str, str] = {}
        self._failures: Counter[tuple[str, str]] = Counter()
        self._order = count()
        self._open: deque[SentBatch] = deque()
        self._kept: list[tuple[int, int, SentBatch]] = []
        self._batch_bytes = int(config["batch.size"])
        self._too_large = False
        self._suspect = False
        self._alone = False
        self.fatal = ""
        """What the client says it cannot go on for; empty while it can."""
        self._renew()

    def __len__(self) -> int:
        """Messages without a delivery report yet; the client's own length counts errors and statistics too."""
        return sum([batch.left for batch in self._open.copy()]) - len(self._kept)

    def send(self, messages: MessageBatch, settled: Callable[[], None] | None, stopped: Callable[[], bool]) -> None:
        """Hand messages over as one batch; delivery reports come later. Wait while the client's queue is full.

        What finds no room before `stopped` is kept, in its place, with what is taken back.
        """
        batch = SentBatch(next(self._order), messages, self._clock(), settled)
        self._open.append(batch)
        place = 0
        while place < len(messages):
            place = self._hand_over(batch, place)
            if place < len(messages):
                self._wait()
                if stopped():
                    self._kept += [(batch.number, left, batch) for left in range(place, len(messages))]
                    return

    def _hand_over(self, batch: SentBatch, place: int) -> int:
        """Hand over from `place` on; return where the client's queue was full, or the number of messages."""
        produce, messages = self._produce, batch.messages
        places, reports = range(len(messages)), self._reports(batch)
        columns = zip(
            *(places, messages.topics, messages.values, messages.keys, messages.headers(), reports), strict=False
        )
        at: int
        for at, topic, value, key, headers, report in islice(columns, place, None):
            try:
                produce(topic, value, key, ANY_PARTITION, report, None, CURRENT_TIME, headers)
            except BufferError:
                return at
            except KafkaException as error:
                with self._polling:
                    self._failed(batch, at, error.args[0], alone=True)
        return len(messages)

    def _reports(self, batch: SentBatch) -> Iterable[DeliveryReport]:
        """Return what each message's delivery report is given to. The first one is timed for the whole batch."""
        topics = batch.messages.topics
        of_topic = {topic: self._report(batch, topic) for topic in set(topics)}
        reports = map(of_topic.__getitem__, topics)
        timed = partial(_timed, next(reports), self._meter.acks.note_latency)
        if self._journal is None:
            return chain([timed], reports)
        note = partial(_journalled, self._journal, batch)
        return (partial(note, place, report) for place, report in enumerate(chain([timed], reports)))

    def make_room(self, stopped: Callable[[], bool]) -> None:
        """Wait until the queue is below its limit, or `stopped`: slowing down comes before overflowing."""
        while len(self._client) >= self._full and not stopped():
            self._wait()

    def serve(self, timeout_s: float = 0.0) -> None:
        """Handle the delivery reports there are, waiting up to `timeout_s`; do nothing if another thread does."""
        if self._polling.acquire(blocking=False):
            try:
                self._client.poll(timeout_s)
                self._served = self._clock()
            finally:
                self._polling.release()
            self._meter.acks.count_many()

    def serve_if_nobody_has(self, for_s: float) -> None:
        """Handle the delivery reports if nobody has in the last `for_s` seconds.

        While a worker runs, another thread that polls must wait for the GIL with each single report.
        """
        if self._clock() - self._served >= for_s:
            self.serve()

    def settle(self) -> int:
        """Release the batches that are done, in the order in which they began; return how many are still open."""
        while self._open and self._open[0].left == 0:
            settled = self._open.popleft().settled
            if settled is not None:
                settled()
        return len(self._open)

    def interrupted(self) -> bool:
        """Return whether something failed that was not the message's fault, or has been in flight for too long."""
        self.settle()
        overdue = bool(self._open) and self._clock() - self._open[0].began > self._timeout_s
        return bool(self._kept) or overdue

    def take_back(self) -> TakenBack:
        """Return everything that is not acknowledged. No other thread may be sending.

        What was on the network may have been written all the same: sent again, it is there twice. Afterwards the
        client sends what Kafka refused in smaller batches.
        """
        with self._polling:
            deadline = self._clock() + TAKE_BACK_S
            while len(self) and self._clock() < deadline:
                self._client.purge(in_queue=True, in_flight=True, blocking=True)
                self._client.poll(WAIT_S)
            open_batches, self._open = self._open, deque()
            kept, self._kept = self._kept, []
            places: dict[int, list[int]] = {}
            for number, place, _ in kept:
                places.setdefault(number, []).append(place)
            messages: list[OutgoingMessage] = []
            for batch in open_batches:
                # Of a batch that the client does not account for nobody knows which are acknowledged: twice is better.
                mine = sorted(places.get(batch.number, ()))
                doubtful = batch.left != len(mine)
                messages += [batch.messages[at] for at in (range(len(batch.messages)) if doubtful else mine)]
                batch.left = 0
            self._adapt()
        return TakenBack(messages, [batch.settled for batch in open_batches if batch.settled])

    def resent(self) -> None:
        """Go back to whole batches after what was taken back has been acknowledged or refused."""
        if self._alone:
            self._alone = False
            with self._polling:
                self._renew()

    def _adapt(self) -> None:
        """Send smaller batches if Kafka found one too large, and single messages if it found one invalid."""
        if not (self._too_large or self._suspect):
            return
        if self._too_large:
            self._batch_bytes = max(1, self._batch_bytes // 2)
            _log.warning(
                "Kafka found a batch too large: batches are smaller now", extra={"batch_bytes": self._batch_bytes}
            )
        self._alone = self._alone or self._suspect
        self._too_large = self._suspect = False
        self._renew()

    def _renew(self) -> None:
        """Connect a new client: the size of a batch is an option that a running one cannot change."""
        self._client: KafkaClient = self._connect(
            {
                **self._config,
                "batch.size": self._batch_bytes,
                **(ALONE if self._alone else {}),
                "stats_cb": self._on_statistics,
                "error_cb": self._on_error,
                "logger": logging.getLogger("librdkafka"),
            }
        )
        self._produce = self._client.produce

    def report_failures(self) -> None:
        """Log what failed since the last call: one line a topic and reason, or a kind of trouble, however often."""
        failures, self._failures = self._failures, Counter()
        for (topic, reason), messages in failures.items():
            _log.error("not delivered: %s", reason, extra={"topic": topic, "messages": messages})
        trouble, self._trouble = self._trouble, {}
        for reason in trouble.values():
            _log.warning("kafka: %s", reason)

    def _wait(self) -> None:
        began = self._clock()
        with self._polling:
            self._client.poll(WAIT_S)
        self._meter.blocked(self._clock() - began)

    def _report(self, batch: SentBatch, topic: str) -> DeliveryReport:
        """Return a function of its own for a batch and topic: what every message pays is kept to the minimum."""
        note = self._meter.acks.noter(topic)

        def report(error: KafkaError | None, message: Report) -> None:
            if error is None:
                batch.left -= 1
                note(message.partition())
            else:
                self._failed(batch, batch.place(message.key(), message.value()), error)

        return report

    def _failed(self, batch: SentBatch, place: int, error: KafkaError, *, alone: bool = False) -> None:
        message = batch.messages[place]
        # The client fills a batch up to its size; what is larger than that travels alone.
        alone = alone or self._alone or len(message.value or b"") + len(message.key or b"") > self._batch_bytes
        if is_message_error(error, alone=alone):
            self._rejects.add(f"refused by Kafka: {error.str()}", f"topic {message.topic}", message.value or b"")
            self._meter.failed()
            self._failures[message.topic, error.str()] += 1
            batch.left -= 1
            return
        if is_message_error(error, alone=True):
            self._too_large = self._too_large or is_too_large(error)
            self._suspect = self._suspect or not is_too_large(error)
        elif error.code() not in (KafkaError._PURGE_QUEUE, KafkaError._PURGE_INFLIGHT):
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
    journal: AckJournal, batch: SentBatch, place: int, report: DeliveryReport, error: KafkaError | None, said: Report
) -> None:
    report(error, said)
    partition, offset = said.partition(), said.offset()
    if error is None and partition is not None and offset is not None:
        message = batch.messages[place]
        journal.add(message.event_id, message.topic, partition, offset, message.kind)
