"""What the producer counts, and the line of figures made of it."""

import json
from dataclasses import asdict, dataclass
from threading import Lock
from typing import Any

from producer.iso_time import iso_utc
from producer.metrics.acks import Acks
from producer.metrics.latency import LatencyHistogram

_PERCENTILES = {"p50": 50.0, "p95": 95.0, "p99": 99.0}


@dataclass(frozen=True, slots=True)
class Figures:
    """One line of figures. Counts are since the start; rates and latencies since the line before.

    `produced` counts what was handed to the Kafka client, `recovered` what the spool had at the start, `queue` what
    the client holds unacknowledged, `spooled` what waits on disk, `errors` what Kafka refused for good: always
    produced + recovered = acked + errors + queue + spooled. `rejected` counts what was refused before it was produced,
    `retries` messages sent again by the client, `blocked_s` the seconds spent waiting for room in the queue.
    `partitions` counts acknowledged messages by `topic-partition`. The last line of a run is `final`, and its
    rates and latencies are of the whole run. `ack_ms` is from `produce` to the acknowledgement, of one message of each
    batch (ten milliseconds' worth at most).
    """

    at: str
    elapsed_s: float
    produced: int
    acked: int
    errors: int
    rejected: int
    recovered: int
    spooled: int
    bytes: int
    queue: int
    rate: float
    acked_rate: float
    bytes_rate: float
    ack_ms: dict[str, float]
    retries: int
    blocked_s: float
    partitions: dict[str, int]
    final: bool = False

    def line(self) -> str:
        """The figures as one line of JSON."""
        return json.dumps(asdict(self), separators=(",", ":"))


class Meter:
    """Counts. Workers count behind a lock, once a batch; delivery reports come from one thread at a time."""

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
        """A batch of so many messages and payload bytes was handed to the Kafka client."""
        with self._lock:
            self._produced += messages
            self._bytes += size

    def rejected(self) -> None:
        """One reading was refused."""
        with self._lock:
            self._rejected += 1

    def blocked(self, seconds: float) -> None:
        """A worker waited for room in the queue."""
        with self._lock:
            self._blocked += seconds

    def failed(self) -> None:
        """A message will not be delivered."""
        self._errors += 1

    def recovered(self, messages: int) -> None:
        """The spool of an earlier run has so many."""
        self._recovered = self._spooled = messages

    def spooled(self, messages: int) -> None:
        """So many wait on disk now."""
        self._spooled = messages

    def statistics(self, statistics: dict[str, Any]) -> None:
        """Takes what only the Kafka client knows from its own statistics."""
        self._retries = sum(broker.get("txretries", 0) for broker in statistics.get("brokers", {}).values())

    def figures(self, now: float, wall_ms: int, queue: int, final: bool = False) -> Figures:
        """The figures at the time `now` (monotonic seconds); starts the next interval."""
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
