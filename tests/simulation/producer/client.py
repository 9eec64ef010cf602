"""A Kafka client as the producer knows it: a queue, requests on their way, and reports that wait for a poll."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaError, KafkaException

from producer.kafka.client import DeliveryReport
from producer.message.message import Headers
from tests.simulation.producer.calls import Calls
from tests.simulation.producer.cluster import INVALID, Cluster, Request, Where
from tests.simulation.producer.turns import Turns

MOST_ON_THE_WAY = 5
"""Requests of a partition that are not answered (max.in.flight.requests.per.connection)."""


@dataclass(eq=False, slots=True)
class Sent:
    """A message, and its report."""

    where: Where
    sent_key: bytes | None
    sent_value: bytes | None
    report: DeliveryReport
    at: int = -1

    @property
    def size(self) -> int:
        return len(self.sent_key or b"") + len(self.sent_value or b"")

    def partition(self) -> int | None:
        return self.where[1] if self.at >= 0 else None

    def offset(self) -> int | None:
        return self.at if self.at >= 0 else None

    def key(self) -> bytes | None:
        return self.sent_key

    def value(self) -> bytes | None:
        return self.sent_value

    def latency(self) -> float | None:
        return 0.01


class Client:
    """See producer.kafka.client.KafkaClient. Its own thread works while time passes."""

    def __init__(
        self, config: dict[str, Any], cluster: Cluster, calls: Calls, turns: Turns, unsure: Callable[[Sent], None]
    ) -> None:
        self._config = config
        self._cluster = cluster
        self._calls = calls
        self._turns = turns
        self._unsure = unsure
        self.hangs = False
        """Whether it reports nothing, and gives nothing back."""
        self._lost = False
        """Whether it lost messages since it was purged: of their batch, others may be given to it still."""
        self.fatal: KafkaError | None = None
        self._told_fatal = False
        self.runs = True
        """Whether its process is there."""
        self._given: list[Sent] = []
        self._queue: list[Sent] = []
        self._on_the_way: defaultdict[Where, list[Request]] = defaultdict(list)
        self._reports: list[list[tuple[Sent, KafkaError | None]]] = []
        self._held = 0
        self._pumps = False
        self._most = int(config["queue.buffering.max.messages"])
        cluster.clients.append(self)

    def __len__(self) -> int:
        return self._held

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
        assert (partition, timestamp, headers["correlation_id"] != "") == (-1, 0, True)
        if self._calls.take("produce") or self._held >= self._most:
            raise BufferError
        if self.fatal:
            raise KafkaException(KafkaError(KafkaError._FATAL))
        if len(value or b"") > self._config["message.max.bytes"]:
            raise KafkaException(KafkaError(KafkaError.MSG_SIZE_TOO_LARGE))
        sent = Sent(self._cluster.partition(topic, key), key, value, report)
        self._given.append(sent)
        if self._lost:
            self._unsure(sent)
        self._queue.append(sent)
        self._held += 1
        self._wake(self._config["linger.ms"] / 1000)

    def poll(self, timeout: float) -> int:
        """Call the reports there are. One without a time-out is no point: its caller may hold what others wait for."""
        if timeout:
            self._calls.take("poll")
            self._turns.wait(timeout, self._has_something_to_tell)
        if self._turns.dead:
            return 0
        if self.fatal and not self._told_fatal:
            self._told_fatal = True
            self._config["error_cb"](self.fatal)
        if self.hangs:
            return 0
        reports, self._reports = self._reports, []
        if len(reports) > 1:
            self._cluster.random.shuffle(reports)
        told = 0
        for request in reports:
            for sent, error in request:
                sent.report(error, sent)
            told += len(request)
        self._held -= told
        return told

    def flush(self, timeout: float) -> int:
        self._calls.take("flush")
        until = self._turns.now + timeout
        self._pump(lingers=False)
        while len(self) and self._turns.now < until:
            self._turns.wait(until - self._turns.now, self._has_something_to_tell)
            self.poll(0)
        return len(self)

    def purge(self, *, in_queue: bool, in_flight: bool, blocking: bool) -> None:
        assert in_queue
        assert in_flight
        assert blocking
        self._calls.take("purge")
        self._lost = False
        if self.hangs:
            for sent in self._given:
                self._unsure(sent)
            return
        queue, self._queue = self._queue, []
        if queue:
            self._reports.append([(sent, KafkaError(KafkaError._PURGE_QUEUE)) for sent in queue])
        for requests in self._on_the_way.values():
            for request in requests:
                request.given_up = True
                self._reports.append([(sent, KafkaError(KafkaError._PURGE_INFLIGHT)) for sent in request.messages])
                for sent in request.messages:
                    self._unsure(sent)
        self._on_the_way.clear()
        self._held = sum(map(len, self._reports))

    def answered(self, request: Request) -> None:
        """Take the broker's answer."""
        if request.given_up or request.answered:
            return
        request.answered = True
        self._on_the_way[request.where].remove(request)
        error = request.failed
        self._reports.append([(sent, error and self._of(sent, error)) for sent in request.messages])
        self._wake(0.0)

    def send_lost(self) -> None:
        """Send again what did not reach a broker, or was not answered."""
        for requests in self._on_the_way.values() if self.runs else ():
            for request in requests:
                if request.lost:
                    self._cluster.send(request)
        self._wake(0.0)

    def lose(self) -> set[bytes]:
        """Forget all messages, and never report them: some may have come in. They count until it is purged.

        Return those that no broker has yet: they come late, since nobody knows of it before its time is over.
        """
        self._lost = bool(self._given)
        for sent in self._given:
            self._unsure(sent)
        for requests in self._on_the_way.values():
            for request in requests:
                request.given_up = True
        self._on_the_way.clear()
        self._queue, self._reports = [], []
        return {sent.sent_value or b"" for sent in self._given if sent.at < 0}

    def end(self) -> None:
        """End with its process: what is on its way may still come in."""
        self.runs = False
        self._queue = []

    def _of(self, sent: Sent, error: KafkaError) -> KafkaError:
        """Return what the client says of one message of a batch with an error."""
        if error.code() == KafkaError.INVALID_RECORD and INVALID not in (sent.sent_value or b""):
            return KafkaError(KafkaError._INVALID_DIFFERENT_RECORD)
        return error

    def _has_something_to_tell(self) -> bool:
        return bool(self._reports) and not self.hangs

    def _wake(self, seconds: float) -> None:
        if not self._pumps and self.runs:
            self._pumps = True
            self._turns.after(seconds, self._pump)

    def _pump(self, *, lingers: bool = True) -> None:
        """Send what has waited for long enough, in batches as large as may be."""
        self._pumps = self._pumps and not lingers
        queues: dict[Where, list[Sent]] = {}
        for sent in self._queue:
            queues.setdefault(sent.where, []).append(sent)
        for where, queue in queues.items():
            while queue and len(self._on_the_way[where]) < MOST_ON_THE_WAY:
                size = self._batch(queue)
                self._send(queue[:size])
                del queue[:size]
        left = {id(sent) for queue in queues.values() for sent in queue}
        self._queue = [sent for sent in self._queue if id(sent) in left]

    def _batch(self, queue: list[Sent]) -> int:
        size = number = 0
        for number, sent in enumerate(queue):
            size += sent.size
            if number and (
                size > self._config["batch.size"] or number >= self._config.get("batch.num.messages", 10_000)
            ):
                return number
        return number + 1

    def _send(self, batch: list[Sent]) -> None:
        on_the_way = self._on_the_way[batch[0].where]
        request = Request(self, batch[0].where, batch, on_the_way[-1] if on_the_way else None)
        on_the_way.append(request)
        self._cluster.send(request)
