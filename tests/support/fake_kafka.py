"""A Kafka cluster and its client in memory, that fill batches and refuse them as the real ones do."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import KafkaError, KafkaException

from producer.kafka.client import DeliveryReport
from producer.message.message import Headers


@dataclass
class FakeReport:
    """A delivery report."""

    topic: str
    sent_key: bytes | None
    sent_value: bytes | None
    report: DeliveryReport
    at: int = -1

    def partition(self) -> int | None:
        return None if self.at < 0 else 0

    def offset(self) -> int | None:
        return None if self.at < 0 else self.at

    def key(self) -> bytes | None:
        return self.sent_key

    def value(self) -> bytes | None:
        return self.sent_value

    def latency(self) -> float | None:
        return 0.01

    def size(self) -> int:
        return len(self.sent_key or b"") + len(self.sent_value or b"")


@dataclass
class FakeCluster:
    """What was written, and how the cluster behaves."""

    max_message_bytes: int = 1_000_000
    up: bool = True
    lingers: bool = False
    """Whether a message waits for others to share its batch until the client is flushed."""
    written: list[tuple[str, bytes | None, bytes | None]] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    """The number of messages of each batch that was taken."""
    refuses: Callable[[bytes | None], bool] = lambda _: False
    """A value for which the whole batch is refused, as INVALID_MSG."""
    fails: list[KafkaError] = field(default_factory=list)
    """Errors for the next batches, one each."""
    clients: list["FakeClient"] = field(default_factory=list)

    def connect(self, config: dict[str, Any]) -> "FakeClient":
        self.clients.append(FakeClient(self, config))
        return self.clients[-1]

    def take(self, batch: list[FakeReport]) -> KafkaError | None:
        if self.fails:
            return self.fails.pop(0)
        if sum(message.size() for message in batch) > self.max_message_bytes:
            return KafkaError(KafkaError.MSG_SIZE_TOO_LARGE)
        if any(self.refuses(message.sent_value) for message in batch):
            return KafkaError(KafkaError.INVALID_MSG)
        for message in batch:
            message.at = len(self.written)
            self.written.append((message.topic, message.sent_key, message.sent_value))
        self.batches.append(len(batch))
        return None


class FakeClient:
    """See producer.kafka.client.KafkaClient. A poll sends everything."""

    def __init__(self, cluster: FakeCluster, config: dict[str, Any]) -> None:
        self.config = config
        self.polls = 0
        self._cluster = cluster
        self._queue: list[FakeReport] = []

    def __len__(self) -> int:
        return len(self._queue)

    def produce(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None,
        partition: int,
        report: DeliveryReport,
        _: None,
        timestamp: int,
        headers: Headers,
    ) -> None:
        assert (partition, timestamp) == (-1, 0)
        assert headers
        if len(self._queue) >= self.config["queue.buffering.max.messages"]:
            raise BufferError
        if len(value or b"") > self.config["message.max.bytes"]:
            raise KafkaException(KafkaError(KafkaError.MSG_SIZE_TOO_LARGE))
        self._queue.append(FakeReport(topic, key, value, report))

    def poll(self, timeout: float) -> int:
        self.polls += 1
        self.config["stats_cb"](json.dumps({"brokers": {"a": {"txretries": 0}}}))
        if not self._cluster.up or self._cluster.lingers:
            return 0
        while self._queue:
            batch = self._batch()
            del self._queue[: len(batch)]
            error = self._cluster.take(batch)
            for message in batch:
                message.report(error, message)
        return 0

    def flush(self, timeout: float) -> int:
        lingers, self._cluster.lingers = self._cluster.lingers, False
        try:
            return self.poll(timeout)
        finally:
            self._cluster.lingers = lingers

    def purge(self, in_queue: bool, in_flight: bool, blocking: bool) -> None:
        queue, self._queue = self._queue, []
        for message in queue:
            message.report(KafkaError(KafkaError._PURGE_QUEUE), message)

    def _batch(self) -> list[FakeReport]:
        batch: list[FakeReport] = []
        size = 0
        for message in self._queue:
            size += message.size()
            if batch and (
                size > self.config["batch.size"] or len(batch) >= self.config.get("batch.num.messages", 10_000)
            ):
                break
            batch.append(message)
        return batch
