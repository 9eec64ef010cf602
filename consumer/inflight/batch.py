"""Batches: fetched records, gathered until the batch size, the batching window or the payload limit closes them."""

from collections import deque
from collections.abc import Container, Mapping
from dataclasses import dataclass, field

from consumer.event import ConsumedRecord, partition_bytes


@dataclass(frozen=True, slots=True)
class RecordBatch:
    """Records of one invocation, in order within each partition."""

    number: int
    """From 1, in this process; retries count too."""
    records: list[ConsumedRecord]
    attempt: int
    """1 for fresh records; for a retry one more than the largest number of failures of any of them."""
    partitions: frozenset[str]


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """What closes a batch: the mapping's BatchSize, batching window and payload limit."""

    records: int
    window_s: float
    payload_bytes: int
    """Of the records, as `ConsumedRecord.size` counts them: the mapping's limit less the event's envelope."""

    def full(self, records: int, size: int) -> int:
        """Return how many records fill a batch, if all are like these, which have this size together."""
        return max(1, min(self.records, self.payload_bytes * records // size)) if size else self.records


@dataclass(slots=True)
class _Queue:
    records: deque[ConsumedRecord] = field(default_factory=deque)
    size: int = 0
    since: float = 0.0


class Buffer:
    """Fresh records by partition, until they are taken as a batch."""

    def __init__(self, limits: BatchLimits) -> None:
        self._limits = limits
        self._queues: dict[str, _Queue] = {}

    def add(self, record: ConsumedRecord, now: float) -> None:
        """Keep a record; its partition's window starts with the first one."""
        queue = self._queues.get(record.partition)
        if queue is None:
            queue = self._queues[record.partition] = _Queue(since=now)
        queue.records.append(record)
        queue.size += record.size

    def ready(self, now: float, blocked: Container[str] = ()) -> bool:
        """Return whether the records of the partitions that are not blocked make a batch."""
        records, size = self.waiting(blocked)
        return (
            records >= self._limits.records
            or size >= self._limits.payload_bytes
            or any(
                now >= queue.since + self._limits.window_s
                for partition, queue in self._queues.items()
                if partition not in blocked
            )
        )

    def due_in(self, now: float, blocked: Container[str] = ()) -> float | None:
        """Return the seconds until the first window of partitions that are not blocked is over; None without any."""
        since = [queue.since for partition, queue in self._queues.items() if partition not in blocked]
        return max(0.0, min(since) + self._limits.window_s - now) if since else None

    def take(self, blocked: Container[str] = (), below: Mapping[str, int] | None = None) -> list[ConsumedRecord]:
        """Return the next batch's records, within the limits; a record too large for any batch is returned alone.

        `below` has the offset that each partition may not reach yet. Partitions give all they have in turn, and one
        that had more than fits goes to the end of the turns: a backlog makes batches of few partitions, which cost the
        function less, and no partition starves.
        """
        taken: list[ConsumedRecord] = []
        most_records, most_bytes = self._limits.records, self._limits.payload_bytes
        size = 0
        full = False
        for partition in [name for name in self._queues if name not in blocked]:
            queue = self._queues.pop(partition)
            end = None if below is None else below.get(partition)
            had = len(taken)
            size += partition_bytes(partition)
            waiting = queue.records
            while waiting and (end is None or waiting[0].offset < end):
                record = waiting[0]
                size += record.size
                full = len(taken) >= most_records or (bool(taken) and size > most_bytes)
                if full:
                    break
                queue.size -= record.size
                taken.append(waiting.popleft())
            if waiting:
                if len(taken) > had:
                    self._queues[partition] = queue
                else:
                    self._queues = {partition: queue, **self._queues}
            if full or len(taken) >= most_records:
                break
        return taken

    def partitions(self) -> Mapping[str, int]:
        """Return the partitions that have records here, with the offset of the first one."""
        return {partition: queue.records[0].offset for partition, queue in self._queues.items()}

    def forget(self, partition: str) -> None:
        """Drop a partition that has left this consumer."""
        self._queues.pop(partition, None)

    def waiting(self, blocked: Container[str] = ()) -> tuple[int, int]:
        """Return the number of records and bytes of the partitions that are not blocked."""
        queues = [queue for partition, queue in self._queues.items() if partition not in blocked]
        return sum(len(queue.records) for queue in queues), sum(queue.size for queue in queues)
