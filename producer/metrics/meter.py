"""Counts what the producer does, and makes a line of figures of it."""

import json
from dataclasses import asdict, dataclass
from threading import Lock
from typing import Any

from producer.iso_time import iso_utc
from producer.metrics.acks import Acks
from producer.metrics.latency import LatencyHistogram

_PERCENTILES = {"p50": 50.0, "p95": 95.0, "p99": 99.0}
"""Percentiles of the latency, by their names in the figures."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One line of figures. Counts are since the start, rates and latencies since the line before.

    At any time produced + recovered = acked + errors + queue + spooled.
    """

    at: str
    """The time, in ISO 8601."""
    elapsed_s: float
    """Seconds since the start."""
    produced: int
    """Messages handed to the Kafka client."""
    acked: int
    """Messages that Kafka acknowledged."""
    errors: int
    """Messages that Kafka refused for good."""
    rejected: int
    """Readings refused before they were produced."""
    recovered: int
    """Messages that the spool of an earlier run had at the start."""
    spooled: int
    """Messages that wait on disk."""
    bytes: int
    """Payload bytes produced."""
    queue: int
    """Messages that the Kafka client holds unacknowledged."""
    rate: float
    """Messages produced a second."""
    acked_rate: float
    """Messages acknowledged a second."""
    bytes_rate: float
    """Payload bytes produced a second."""
    ack_ms: dict[str, float]
    """Percentiles of the time from `produce` to the acknowledgement, measured on one message of each batch."""
    retries: int
    """Messages that the Kafka client sent again."""
    blocked_s: float
    """Seconds that workers waited for room in the queue."""
    partitions: dict[str, int]
    """Acknowledged messages by `topic-partition`."""
    final: bool = False
    """True for the last line of a run, whose rates and latencies are of the whole run."""

    def line(self) -> str:
        """Return the figures as one line of JSON."""
        return json.dumps(asdict(self), separators=(",", ":"))


class Meter:
    """Counts. Workers count under a lock, once a batch; delivery reports come from one thread at a time."""

    def __init__(self, now: float) -> None:
        self._lock = Lock()
        self._started = self._last_at = now
        self._last: tuple[int, int, int] = (0, 0, 0)
        self._produced = self._bytes = self._rejected = 0
        self._blocked = 0.0
        self._errors = self._retries = self._recovered = self._spooled = 0
        self.acks = Acks()
        self._latencies = LatencyHistogram()

    def produced(self, messages: int, size: int) -> None:
        """Count a batch of so many messages and payload bytes, handed to the Kafka client."""
        with self._lock:
            self._produced += messages
            self._bytes += size

    def rejected(self) -> None:
        """Count a reading that was refused."""
        with self._lock:
            self._rejected += 1

    def blocked(self, seconds: float) -> None:
        """Add the time that a worker waited for room in the queue."""
        with self._lock:
            self._blocked += seconds

    def failed(self) -> None:
        """Count a message that will not be delivered."""
        self._errors += 1

    def recovered(self, messages: int) -> None:
        """Set the number of messages that the spool of an earlier run has."""
        self._recovered = self._spooled = messages

    def spooled(self, messages: int) -> None:
        """Set the number of messages that wait on disk now."""
        self._spooled = messages

    def statistics(self, statistics: dict[str, Any]) -> None:
        """Take the retries from the Kafka client's own statistics: nothing else tells them."""
        self._retries = sum(broker.get("txretries", 0) for broker in statistics.get("brokers", {}).values())

    def figures(self, now: float, wall_ms: int, queue: int, *, final: bool = False) -> Figures:
        """Return the figures at the time `now` (monotonic seconds), and start the next interval."""
        partitions = self.acks.by_partition()
        with self._lock:
            produced, size, rejected, blocked = self._produced, self._bytes, self._rejected, self._blocked
        counts = (produced, sum(partitions.values()), size)
        since, before = (self._started, (0, 0, 0)) if final else (self._last_at, self._last)
        recent = self.acks.latencies()
        self._latencies.merge(recent)
        seconds = max(now - since, 1e-9)
        rates = [round((count - earlier) / seconds, 1) for count, earlier in zip(counts, before, strict=True)]
        self._last_at, self._last = now, counts
        latencies = (self._latencies if final else recent).percentiles(list(_PERCENTILES.values()))
        return Figures(
            at=iso_utc(wall_ms),
            elapsed_s=round(now - self._started, 3),
            produced=produced,
            acked=counts[1],
            errors=self._errors,
            rejected=rejected,
            recovered=self._recovered,
            spooled=self._spooled,
            bytes=size,
            queue=queue,
            rate=rates[0],
            acked_rate=rates[1],
            bytes_rate=rates[2],
            ack_ms={name: round(ms, 2) for name, ms in zip(_PERCENTILES, latencies, strict=True)},
            retries=self._retries,
            blocked_s=round(blocked, 3),
            partitions=partitions,
            final=final,
        )
