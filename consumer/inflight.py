"""The state of everything fetched and not yet committed: fresh, in flight, waiting for a retry, done."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from consumer.batch import Batch, Bounds, Buffer
from consumer.event import Record
from consumer.offset import OffsetTracker
from consumer.retry import RetryQueue


class RetryMode(StrEnum):
    """What a failure brings back. AWS documents the first; see `docs/adr/0005-consumer-retries.md`."""

    FAILED = "failed"
    """The failed records; others of their partition go on meanwhile."""
    LOWEST = "lowest"
    """All from the lowest failed offset of a partition on; the partition waits for them."""
    BATCH = "batch"
    """The whole batch, unchanged; its partitions wait for it. (A mapping without provisioned mode.)"""


class Delivery:
    """Decides what is invoked next and what a verdict means. One batch is in flight at a time, so that no partition
    ever has two invocations. Pure: no I/O, and time is given."""

    def __init__(self, bounds: Bounds, mode: RetryMode, retries: RetryQueue) -> None:
        self._bounds = bounds
        self._mode = mode
        self._retries = retries
        self._buffer = Buffer(bounds)
        self._trackers: dict[str, OffsetTracker] = {}
        self._batches = 0
        self._forgotten: set[str] = set()
        self.in_flight: Batch | None = None

    def add(self, records: Iterable[Record], now: float) -> set[str]:
        """Takes fetched records; returns the partitions whose fetch position went back, which start over."""
        rewound = set()
        for record in records:
            tracker = self._trackers.get(record.partition)
            if tracker is not None and tracker.rewinds(record.offset):
                self.forget(record.partition)
                rewound.add(record.partition)
                tracker = None
            if tracker is None:
                tracker = self._trackers[record.partition] = OffsetTracker()
            tracker.add(record.offset)
            self._buffer.add(record, now)
        return rewound

    def next_batch(self, now: float) -> Batch | None:
        """The batch to invoke now, retries first; None while one is in flight or nothing is ready."""
        if self.in_flight is not None:
            return None
        records = self._due(now)
        if not records:
            blocked = self._blocked()
            if self._buffer.ready(now, blocked):
                records = self._buffer.take(blocked)
        if not records:
            return None
        self._batches += 1
        self._forgotten.clear()
        attempt = 1 + max(map(self._retries.attempts, records))
        self.in_flight = Batch(self._batches, records, attempt)
        return self.in_flight

    def _due(self, now: float) -> list[Record]:
        if self._mode is RetryMode.FAILED:
            return self._retries.take(now, self._bounds.records, self._bounds.payload_bytes)
        return self._retries.take(now)

    def _blocked(self) -> frozenset[str]:
        return frozenset() if self._mode is RetryMode.FAILED else self._retries.partitions()

    def settle(self, failed: Sequence[Record], now: float, now_ms: float, counted: bool = True) -> list[Record]:
        """Takes the verdict on the batch in flight; returns the records to give up, which stay undone until
        `finish` says that they are in the on-failure destination.

        What became of a partition that was forgotten meanwhile is somebody else's to find out.
        """
        if self.in_flight is None:
            raise RuntimeError("no batch is in flight")
        ours = [record for record in self.in_flight.records if record.partition not in self._forgotten]
        self.in_flight = None
        again = self._again(ours, [record for record in failed if record.partition not in self._forgotten])
        if again:
            back = {(record.partition, record.offset) for record in again}
            self.finish(record for record in ours if (record.partition, record.offset) not in back)
            return self._retries.fail(again, now, now_ms, counted)
        self.finish(ours)
        return []

    def _again(self, batch: list[Record], failed: list[Record]) -> list[Record]:
        if not failed or self._mode is RetryMode.FAILED:
            return failed
        if self._mode is RetryMode.BATCH:
            return batch
        lowest: dict[str, int] = {}
        for record in failed:
            lowest[record.partition] = min(record.offset, lowest.get(record.partition, record.offset))
        return [record for record in batch if record.offset >= lowest.get(record.partition, record.offset + 1)]

    def finish(self, records: Iterable[Record]) -> None:
        """Marks records as done, whatever became of them."""
        done = list(records)
        for record in done:
            tracker = self._trackers.get(record.partition)
            if tracker is not None:
                tracker.done(record.offset)
        self._retries.done(done)

    def postpone(self, records: Sequence[Record], due: float) -> None:
        """Keeps records that should have been given up but could not be written: they are tried once more."""
        self._retries.wait(records, due)

    def forget(self, partition: str) -> None:
        """Drops all of a partition that is no longer ours, whatever is in flight of it."""
        self._trackers.pop(partition, None)
        self._buffer.forget(partition)
        self._retries.forget(partition)
        self._forgotten.add(partition)

    def positions(self) -> dict[str, int]:
        """Where each partition may be committed."""
        positions = {name: tracker.position for name, tracker in self._trackers.items()}
        return {name: position for name, position in positions.items() if position is not None}

    def seen(self) -> dict[str, int]:
        """One past the highest offset fetched of each partition."""
        return {name: tracker.seen for name, tracker in self._trackers.items() if tracker.seen is not None}

    def uncommitted(self) -> dict[str, int]:
        """Offsets between the commit position and the last fetched, of each partition."""
        return {name: tracker.in_flight for name, tracker in self._trackers.items()}

    def fresh(self) -> tuple[int, int]:
        """Records that wait for their first invocation, and their bytes, where nothing blocks their partition."""
        return self._buffer.waiting(self._blocked())

    @property
    def retrying(self) -> int:
        """Records that wait for another try."""
        return len(self._retries)
