"""Queue mode, imitated: a partition's records to several invocations at once, in no order, each settled by itself.

It is for tests and proofs. Kafka's share groups keep what is done of each record and count its deliveries; here a
consumer group has one position a partition, so a restart delivers again whatever was done above the first record that
was not, and counts anew. A record that was not yet answered for is with one invocation only.
"""

from collections import deque
from collections.abc import Callable, Container, Mapping, Sequence

from consumer.event import ConsumedRecord, partition_bytes
from consumer.inflight.batch import BatchLimits, Buffer
from consumer.inflight.inflight import InFlight, RetryMode
from consumer.inflight.retry import RetryQueue


class ShuffledBuffer(Buffer):
    """Fresh records, of which any may be next; a batch has those that it gets in the order of their offsets."""

    def __init__(self, limits: BatchLimits, random: Callable[[], float]) -> None:
        super().__init__(limits)
        self._random = random

    def take(self, blocked: Container[str] = (), below: Mapping[str, int] | None = None) -> list[ConsumedRecord]:
        """See Buffer; records are picked at random from all partitions."""
        bounds = below or {}
        ready = [
            record
            for partition, queue in self._queues.items()
            if partition not in blocked
            for record in queue.records
            if record.offset < bounds.get(partition, record.offset + 1)
        ]
        taken: list[ConsumedRecord] = []
        size = 0
        for record in sorted(ready, key=lambda _: self._random()):
            size += record.size + partition_bytes(record.partition)
            if len(taken) >= self._limits.records or (taken and size > self._limits.payload_bytes):
                break
            taken.append(record)
        self._remove(taken)
        return _in_order(taken)

    def _remove(self, taken: Sequence[ConsumedRecord]) -> None:
        gone = {(record.partition, record.offset) for record in taken}
        for partition in {record.partition for record in taken}:
            queue = self._queues[partition]
            queue.records = deque(each for each in queue.records if (partition, each.offset) not in gone)
            queue.size = sum(each.size for each in queue.records)
            if not queue.records:
                del self._queues[partition]


class QueueInFlight(InFlight):
    """Decides as InFlight does, except that a partition may have any number of batches in flight, and no order."""

    def __init__(
        self,
        limits: BatchLimits,
        retries: RetryQueue,
        max_in_flight: int,
        random: Callable[[], float],
        *,
        keep: Callable[[ConsumedRecord], bool] | None = None,
    ) -> None:
        super().__init__(limits, RetryMode.FAILED, retries, max_in_flight, keep=keep)
        self._buffer = ShuffledBuffer(limits, random)

    def _due(self, now: float, busy: frozenset[str]) -> list[ConsumedRecord]:
        return _in_order(super()._due(now, busy))

    def _busy(self) -> frozenset[str]:
        return frozenset()

    def _fail(
        self,
        failed: Sequence[ConsumedRecord],
        now: float,
        now_ms: float,
        *,
        counted: bool,
        unanswered: bool,  # noqa: ARG002 nothing waits for what the function did not answer for
    ) -> list[ConsumedRecord]:
        """Let each come again by itself."""
        return [gone for record in failed for gone in self._retries.fail([record], now, now_ms, counted=counted)]


def _in_order(records: Sequence[ConsumedRecord]) -> list[ConsumedRecord]:
    return sorted(records, key=lambda record: (record.partition, record.offset))
