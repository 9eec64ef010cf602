"""Batches: fetched records gathered until the batch size, the batching window or the payload bound closes them."""

from collections import deque
from collections.abc import Container
from dataclasses import dataclass, field

from consumer.event import Record, partition_bytes


@dataclass(frozen=True)
class Batch:
    """Records of one invocation, in order within each partition."""

    number: int
    """From 1, in this process; retries count too."""
    records: list[Record]
    attempt: int
    """1 for fresh records; for a retry one more than the most any of them has failed."""


@dataclass(frozen=True)
class Bounds:
    """What closes a batch: the mapping's BatchSize, batching window and payload bound."""

    records: int
    window_s: float
    payload_bytes: int
    """Of the records, as `Record.size` counts them: the mapping's bound less the event's envelope."""


@dataclass
class _Queue:
    records: deque[Record] = field(default_factory=deque)
    size: int = 0
    since: float = 0.0


class Buffer:
    """Fresh records by partition, until they are taken as a batch."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._queues: dict[str, _Queue] = {}

    def add(self, record: Record, now: float) -> None:
        """Keeps a record; its partition's window starts with the first one."""
        queue = self._queues.get(record.partition)
        if queue is None:
            queue = self._queues[record.partition] = _Queue(since=now)
        queue.records.append(record)
        queue.size += record.size

    def ready(self, now: float, blocked: Container[str] = ()) -> bool:
        """Whether what is here, but for the blocked partitions, makes a batch."""
        records, size = self.waiting(blocked)
        return (
            records >= self._bounds.records
            or size >= self._bounds.payload_bytes
            or any(
                now >= queue.since + self._bounds.window_s
                for partition, queue in self._queues.items()
                if partition not in blocked
            )
        )

    def take(self, blocked: Container[str] = ()) -> list[Record]:
        """The next batch's records, within the bounds; one record too large for any batch comes alone.

        Partitions give all they have in turn, and one that had more than fits goes to the end of the turns: a
        backlog makes batches of few partitions, which cost the function less, and no partition starves.
        """
        taken: list[Record] = []
        size = 0
        for partition in [name for name in self._queues if name not in blocked]:
            queue = self._queues.pop(partition)
            size += partition_bytes(partition)
            while queue.records and len(taken) < self._bounds.records:
                size += queue.records[0].size
                if taken and size > self._bounds.payload_bytes:
                    break
                queue.size -= queue.records[0].size
                taken.append(queue.records.popleft())
            if queue.records:
                if taken[-1].partition != partition:
                    self._queues = {partition: queue, **self._queues}
                else:
                    self._queues[partition] = queue
                break
        return taken

    def forget(self, partition: str) -> None:
        """Drops a partition that is no longer ours."""
        self._queues.pop(partition, None)

    def waiting(self, blocked: Container[str] = ()) -> tuple[int, int]:
        """Records and bytes here, but for the blocked partitions."""
        queues = [queue for partition, queue in self._queues.items() if partition not in blocked]
        return sum(len(queue.records) for queue in queues), sum(queue.size for queue in queues)
