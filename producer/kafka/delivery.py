"""Delivery: hands messages to the Kafka client and learns what became of each.

It names a topic and a key, never a partition: Kafka chooses that. A message ends acknowledged, refused (it is at fault,
and goes to the reject file), or is taken back, to be spooled and sent again (docs/adr/0011-spool.md).
"""

import json
import logging
from collections.abc import Callable
from itertools import islice
from threading import Lock
from typing import Any

from confluent_kafka import KafkaError, KafkaException

from producer.kafka.batch import SentBatch
from producer.kafka.batch_size import BatchSize
from producer.kafka.client import Connect, KafkaClient
from producer.kafka.delivery_report import DeliveryReports
from producer.kafka.error_log import ErrorLog
from producer.kafka.errors import is_message_error
from producer.kafka.in_flight import InFlight, TakenBack
from producer.message.message import MessageBatch
from producer.metrics.meter import Meter
from producer.state.ack_journal import AckJournal
from producer.state.reject_file import RejectFile

_FULL = 0.8
"""Share of the client's queue from which on workers wait, so that the queue never overflows."""

_ANY_PARTITION, _CURRENT_TIME = -1, 0
"""The client's own defaults. All arguments in their places cost a message a third of a microsecond less than names."""

_WAIT_S = 0.1
"""Longest wait for reports at a time, after which the caller looks whether to stop."""

_TAKE_BACK_S = 10.0
"""Longest that the client may take to give back what it holds; it needs milliseconds."""

_log = logging.getLogger(__name__)


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
        self._rejects = rejects
        self._timeout_s = timeout_s
        self._clock = clock
        self._polling = Lock()
        self._served = clock()
        self._full = int(config["queue.buffering.max.messages"] * _FULL)
        self._in_flight = InFlight()
        self._batch_size = BatchSize(int(config["batch.size"]))
        self._errors = ErrorLog()
        self._reports = DeliveryReports(meter.acks, journal, self._failed)
        self._renew()

    def __len__(self) -> int:
        """Messages without a delivery report yet; the client's own length counts errors and statistics too."""
        return len(self._in_flight)

    @property
    def fatal(self) -> str:
        """Why the client cannot go on; empty while it can."""
        return self._errors.fatal

    def send(self, messages: MessageBatch, settled: Callable[[], None] | None, stopped: Callable[[], bool]) -> None:
        """Hand messages over as one batch; delivery reports come later. Wait while the client's queue is full.

        What finds no room before `stopped` is kept, in its place, with what is taken back.
        """
        batch = self._in_flight.begin(messages, self._clock(), settled)
        place = 0
        while place < len(messages):
            place = self._hand_over(batch, place)
            if place < len(messages):
                self._wait()
                if stopped():
                    for left in range(place, len(messages)):
                        self._in_flight.returned(batch, left)
                    return

    def _hand_over(self, batch: SentBatch, place: int) -> int:
        """Hand over from `place` on; return where the client's queue was full, or the number of messages."""
        produce, messages = self._produce, batch.messages
        places, reports = range(len(messages)), self._reports.of(batch)
        columns = zip(
            *(places, messages.topics, messages.values, messages.keys, messages.headers(), reports), strict=False
        )
        at: int
        for at, topic, value, key, headers, report in islice(columns, place, None):
            try:
                produce(topic, value, key, _ANY_PARTITION, report, None, _CURRENT_TIME, headers)
            except BufferError:
                return at
            except KafkaException as error:
                with self._polling:
                    self._failed(batch, at, error.args[0], alone=True)
        return len(messages)

    def make_room(self, stopped: Callable[[], bool]) -> None:
        """Wait until the queue is below its limit, or `stopped`: slowing down comes before overflowing.

        It may be full of what was given up and is never reported: then there is nothing to wait for.
        """
        while len(self._client) >= self._full and len(self) and not stopped():
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

    def flush(self, timeout_s: float) -> None:
        """Handle the delivery reports there are, as nothing more is to come: no message waits for others any longer."""
        with self._polling:
            self._client.flush(timeout_s)
            self._served = self._clock()
        self._meter.acks.count_many()

    def serve_if_nobody_has(self, for_s: float) -> None:
        """Handle the delivery reports if nobody has in the last `for_s` seconds.

        While a worker runs, another thread that polls must wait for the GIL with each single report.
        """
        if self._clock() - self._served >= for_s:
            self.serve()

    def settle(self) -> int:
        """Release the batches that are done, in the order in which they began; return how many are still open."""
        return self._in_flight.settle()

    def interrupted(self) -> bool:
        """Return whether something failed that was not the message's fault, or has been in flight for too long."""
        self.settle()
        return self._in_flight.interrupted(self._clock() - self._timeout_s)

    def take_back(self) -> TakenBack:
        """Return everything that is not acknowledged. No other thread may be sending.

        What was on the network may have been written all the same: sent again, it is there twice. Afterwards the
        client sends what Kafka refused in smaller batches.
        """
        with self._polling:
            deadline = self._clock() + _TAKE_BACK_S
            # A client that gave nothing back the last time may still be full of what was sent again long since.
            while (len(self) or len(self._client)) and self._clock() < deadline:
                self._client.purge(in_queue=True, in_flight=True, blocking=True)
                self._client.poll(_WAIT_S)
            taken = self._in_flight.take_back()
            if change := self._batch_size.adapt():
                _log.warning(change, extra={"batch_bytes": self._batch_size.size})
                self._renew()
        return taken

    def resent(self) -> None:
        """Go back to whole batches after what was taken back has been acknowledged or refused."""
        if self._batch_size.whole():
            with self._polling:
                self._renew()

    def _renew(self) -> None:
        """Connect a new client: the size of a batch is an option that a running one cannot change."""
        self._client: KafkaClient = self._connect(
            {
                **self._config,
                **self._batch_size.options(),
                "stats_cb": self._on_statistics,
                "error_cb": self._errors.of_the_client,
                "logger": logging.getLogger("librdkafka"),
            }
        )
        self._produce = self._client.produce

    def report_failures(self) -> None:
        """Log what failed since the last call, once a kind."""
        self._errors.report()

    def _wait(self) -> None:
        began = self._clock()
        with self._polling:
            self._client.poll(_WAIT_S)
        self._meter.blocked(self._clock() - began)

    def _failed(self, batch: SentBatch, place: int, error: KafkaError, *, alone: bool = False) -> None:
        message = batch.messages[place]
        alone = alone or self._batch_size.is_alone(len(message.value or b"") + len(message.key or b""))
        if is_message_error(error, alone=alone):
            self._rejects.add(f"refused by Kafka: {error.str()}", f"topic {message.topic}", message.value or b"")
            self._meter.failed()
            self._errors.not_delivered(message.topic, error)
            batch.left -= 1
            return
        purged = error.code() in (KafkaError._PURGE_QUEUE, KafkaError._PURGE_INFLIGHT)
        if not self._batch_size.note(error) and not purged:
            self._errors.not_delivered(message.topic, error)
        self._in_flight.returned(batch, place)

    def _on_statistics(self, text: str) -> None:
        self._meter.statistics(json.loads(text))
