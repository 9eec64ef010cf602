"""Delivery: hands messages to the Kafka client and counts what became of each.

It names a topic and a key, never a partition: that is Kafka's to choose.
"""

import json
import logging
from collections import Counter
from collections.abc import Callable
from functools import partial
from threading import Lock
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka import Message as Report

from producer.journal import AckJournal
from producer.message import Message
from producer.meter import Meter

_log = logging.getLogger(__name__)
_FULL = 0.8
"""Share of the client's queue from which on workers wait, so that the queue never overflows."""
_WAIT_S = 0.1


class KafkaUnreachableError(Exception):
    """No broker answered at start, or a topic is missing; the text says what to check."""


class Delivery:
    """The Kafka client and its delivery reports. One thread at a time, whichever polls, handles them."""

    def __init__(
        self, config: dict[str, Any], meter: Meter, journal: AckJournal | None, clock: Callable[[], float]
    ) -> None:
        self._meter = meter
        self._journal = journal
        self._clock = clock
        self._polling = Lock()
        self._full = int(config["queue.buffering.max.messages"] * _FULL)
        self._trouble: dict[str, str] = {}
        self._failures: Counter[tuple[str, str]] = Counter()
        self._client = Producer(
            {
                **config,
                "stats_cb": self._on_statistics,
                "error_cb": self._on_error,
                "logger": logging.getLogger("librdkafka"),
            }
        )

    def __len__(self) -> int:
        """Messages without a delivery report yet."""
        return len(self._client)

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
            raise KafkaUnreachableError(
                f"Kafka did not answer within {timeout_s:g} s: {why}. "
                "Check KAFKA_BOOTSTRAP_SERVERS, that the brokers run, and that this host may reach their port."
            ) from None
        missing = [topic for topic in topics if topic not in metadata.topics]
        if missing:
            raise KafkaUnreachableError(
                f"Kafka has no topic {', '.join(missing)}. Create what is missing, or choose another "
                "PRODUCER_TOPIC_STRATEGY or PRODUCER_TOPICS_FILE."
            )

    def send(self, message: Message) -> None:
        """Hands a message over; its delivery report comes later. Waits while the client's queue is full."""
        while True:
            try:
                self._client.produce(
                    message.topic,
                    message.value,
                    message.key,
                    headers=message.headers,
                    on_delivery=partial(self._on_delivery, message),
                )
            except BufferError:
                self._wait()
            except KafkaException as error:
                self._failed(message, error.args[0])
                return
            else:
                return

    def make_room(self, stopped: Callable[[], bool]) -> None:
        """Waits until the queue is below its limit, or `stopped`: slowing down comes before overflowing."""
        while len(self._client) >= self._full and not stopped():
            self._wait()

    def serve(self, timeout_s: float = 0.0) -> None:
        """Handles the delivery reports there are, waiting up to `timeout_s`; nothing if another thread does."""
        if self._polling.acquire(blocking=False):
            try:
                self._client.poll(timeout_s)
            finally:
                self._polling.release()

    def flush(self, timeout_s: float) -> int:
        """Waits for the reports of everything sent; how many messages are still without one."""
        with self._polling:
            left: int = self._client.flush(timeout_s)
        if self._journal:
            self._journal.flush()
        return left

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

    def _on_delivery(self, message: Message, error: KafkaError | None, report: Report) -> None:
        if error is not None:
            self._failed(message, error)
            return
        partition, offset, latency_s = report.partition(), report.offset(), report.latency()
        if partition is None or offset is None or latency_s is None:
            raise TypeError("a delivery report without an error says where the message is")
        self._meter.acked(message.topic, partition, latency_s)
        if self._journal:
            self._journal.add(message.event_id, message.topic, partition, offset, message.kind)

    def _failed(self, message: Message, error: KafkaError) -> None:
        self._meter.failed()
        self._failures[message.topic, error.str()] += 1

    def _on_statistics(self, text: str) -> None:
        self._meter.statistics(json.loads(text))

    def _on_error(self, error: KafkaError) -> None:
        self._trouble[error.name()] = error.str()
