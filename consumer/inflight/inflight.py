"""The state of everything fetched and not yet committed: fresh, in flight, waiting for a retry, done."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from enum import StrEnum

from consumer.event import ConsumedRecord
from consumer.inflight.batch import BatchLimits, Buffer, RecordBatch
from consumer.inflight.offset import OffsetTracker
from consumer.inflight.retry import RetryQueue


class RetryMode(StrEnum):
    """What a failure redelivers. AWS documents the first; see `docs/adr/0005-consumer-retries.md`."""

    FAILED = "failed"
    """The failed records; others of their partition go on in the meantime. A batch that the function did not answer for
    comes again whole, and its partitions wait for it: the function may know nothing of it, and could keep no order."""
    LOWEST = "lowest"
    """All from the lowest failed offset of a partition on; the partition waits for them."""
    BATCH = "batch"
    """The whole batch, unchanged; its partitions wait for it. (A mapping without provisioned mode.)"""


class InFlight:
    """Decides what is invoked next, and what a batch's result means. Pure: no I/O, and time is given.

    A partition never has two batches in flight.
    """

    def __init__(
        self,
        limits: BatchLimits,
        mode: RetryMode,
        retries: RetryQueue,
        max_in_flight: int = 10_000,
        concurrency: int = 1,
        *,
        bisect: bool = False,
        keep: Callable[[ConsumedRecord], bool] | None = None,
    ) -> None:
        self._limits = limits
        self._mode = mode
        self._retries = retries
        self._max_in_flight = max_in_flight
        self.concurrency = concurrency
        """How many batches may be in flight."""
        self._bisect = bisect
        self._keep = keep
        self._buffer = Buffer(limits)
        self._trackers: dict[str, OffsetTracker] = {}
        self._batches = 0
        self._running: dict[int, RecordBatch] = {}
        self._discarding: dict[int, RecordBatch] = {}
        self._forgotten: dict[int, set[str]] = {}
        self.filtered = 0
        """Records that were left out; they count as handled."""
        self.retried = 0
        """Records that were invoked again."""

    def add(self, records: Iterable[ConsumedRecord], now: float, now_ms: int) -> set[str]:
        """Take fetched records; return the partitions whose fetch position went back, which start over.

        A record has waited since its timestamp. One without a timestamp, or of a clock that is ahead of ours, has
        waited since now.
        """
        rewound = set()
        for record in records:
            tracker = self._trackers.get(record.partition)
            if tracker is not None and tracker.rewinds(record.offset):
                self.forget(record.partition)
                rewound.add(record.partition)
                tracker = None
            if tracker is None:
                tracker = self._trackers[record.partition] = OffsetTracker()
            timestamp = record.timestamp
            tracker.add(record.offset, timestamp if 0 <= timestamp < now_ms else now_ms)
            if self._keep is None or self._keep(record):
                self._buffer.add(record, now)
            else:
                tracker.done(record.offset)
                self.filtered += 1
        return rewound

    def passed(self, fetched_to: Mapping[str, int]) -> None:
        """Note that all records below these offsets were added: what else is there has none."""
        for name, offset in fetched_to.items():
            self._trackers.setdefault(name, OffsetTracker()).passed(offset)

    def next_batch(self, now: float) -> RecordBatch | None:
        """Return the batch to invoke now, retries first; None while as many as allowed run, or nothing is ready."""
        if self.full:
            return None
        busy = self._busy()
        records = self._due(now, busy)
        self.retried += len(records)
        if not records:
            blocked = busy | self._stalled()
            if self._buffer.ready(now, blocked):
                records = self._buffer.take(blocked, self._ends())
        if not records:
            return None
        self._batches += 1
        attempt = 1 + self._retries.most_attempts(records)
        batch = RecordBatch(self._batches, records, attempt, frozenset(record.partition for record in records))
        self._running[batch.number] = batch
        return batch

    @property
    def full(self) -> bool:
        """Whether as many batches are in flight as may be."""
        return len(self._running) >= self.concurrency

    def due_in(self, now: float) -> float | None:
        """Return the seconds until the window of fresh records that may go is over; None where none wait."""
        return self._buffer.due_in(now, self._busy() | self._stalled())

    @property
    def running(self) -> Collection[RecordBatch]:
        """The batches in flight."""
        return self._running.values()

    def awaits(self, partitions: frozenset[str] | None) -> bool:
        """Return whether batches of these partitions, or of any, are in flight or being discarded."""
        batches = (*self._running.values(), *self._discarding.values())
        return any(partitions is None or batch.partitions & partitions for batch in batches)

    def _due(self, now: float, busy: frozenset[str]) -> list[ConsumedRecord]:
        if self._mode is RetryMode.FAILED:
            return self._retries.take(now, self._limits.records, self._limits.payload_bytes, busy)
        return self._retries.take(now, busy=busy, ordered=True)

    def _busy(self) -> frozenset[str]:
        return self._leaving().union(*(batch.partitions for batch in self._running.values()))

    def _leaving(self) -> frozenset[str]:
        """Return the partitions of records that are being discarded: should that fail, nothing has overtaken them."""
        return frozenset().union(*(batch.partitions for batch in self._discarding.values()))

    def _stalled(self) -> frozenset[str]:
        """Return the partitions whose fresh records wait for earlier records of the partition."""
        ends = self._ends()
        at_limit = frozenset(name for name, first in self._buffer.partitions().items() if first >= ends[name])
        failed = self._mode is RetryMode.FAILED
        return at_limit | self._leaving() | self._retries.partitions(unanswered=failed)

    def _ends(self) -> dict[str, int]:
        """Return the offset that each partition may not reach before earlier ones are done."""
        return {name: (self._trackers[name].position or 0) + self._max_in_flight for name in self._buffer.partitions()}

    def settle(
        self,
        batch: RecordBatch,
        failed: Sequence[ConsumedRecord],
        now: float,
        now_ms: float,
        *,
        counted: bool = True,
        function_error: bool = False,
    ) -> list[ConsumedRecord]:
        """Take the result of a batch in flight; return the records to discard.

        They stay undone until `finish` confirms that they are in the on-failure destination. Records of partitions
        that were revoked in the meantime are ignored; their new owner decides.
        """
        if self._running.pop(batch.number, None) is None:
            raise RuntimeError(f"batch {batch.number} is not in flight")
        forgotten = self._forgotten.pop(batch.number, set())
        ours = [record for record in batch.records if record.partition not in forgotten]
        again = self._again(ours, [record for record in failed if record.partition not in forgotten])
        if again:
            back = {(record.partition, record.offset) for record in again}
            self.finish(record for record in ours if (record.partition, record.offset) not in back)
            return self._fail(again, now, now_ms, counted=counted, unanswered=function_error)
        self.finish(ours)
        return []

    def _fail(
        self, failed: Sequence[ConsumedRecord], now: float, now_ms: float, *, counted: bool, unanswered: bool
    ) -> list[ConsumedRecord]:
        split = self._bisect and unanswered and counted
        return self._retries.fail(failed, now, now_ms, counted=counted, split=split, unanswered=unanswered)

    def _again(self, batch: list[ConsumedRecord], failed: list[ConsumedRecord]) -> list[ConsumedRecord]:
        if not failed or self._mode is RetryMode.FAILED:
            return failed
        if self._mode is RetryMode.BATCH:
            return batch
        lowest: dict[str, int] = {}
        for record in failed:
            lowest[record.partition] = min(record.offset, lowest.get(record.partition, record.offset))
        return [record for record in batch if record.offset >= lowest.get(record.partition, record.offset + 1)]

    def finish(self, records: Iterable[ConsumedRecord]) -> None:
        """Mark records as done, whatever became of them."""
        done = list(records)
        for record in done:
            tracker = self._trackers.get(record.partition)
            if tracker is not None:
                tracker.done(record.offset)
        self._retries.done(done)

    def discard(self, batch: RecordBatch, records: Sequence[ConsumedRecord]) -> None:
        """Note that records of a batch, in flight no longer, are on their way to the on-failure destination."""
        self._running.pop(batch.number, None)
        partitions = frozenset(record.partition for record in records)
        self._discarding[batch.number] = RecordBatch(batch.number, list(records), batch.attempt, partitions)

    def discarded(self, number: int, due: float, *, written: bool) -> int:
        """Take what became of a discard; return how many records are done now. The others are retried when `due`."""
        forgotten = self._forgotten.pop(number, set())
        ours = [each for each in self._discarding.pop(number).records if each.partition not in forgotten]
        if not written:
            self._retries.wait(ours, due)
            return 0
        self.finish(ours)
        return len(ours)

    def forget(self, partition: str) -> None:
        """Drop all of a partition that has left this consumer, whatever is in flight of it."""
        self._trackers.pop(partition, None)
        self._buffer.forget(partition)
        self._retries.forget(partition)
        for number in (*self._running, *self._discarding):
            self._forgotten.setdefault(number, set()).add(partition)

    def positions(self) -> dict[str, int]:
        """Return where each partition may be committed."""
        positions = {name: tracker.position for name, tracker in self._trackers.items()}
        return {name: position for name, position in positions.items() if position is not None}

    def seen(self) -> dict[str, int]:
        """Return one past the highest offset fetched of each partition."""
        return {name: tracker.seen for name, tracker in self._trackers.items() if tracker.seen is not None}

    def oldest_ms(self) -> dict[str, int]:
        """Return since when the first record that is not done has waited, of each partition that has one (epoch ms)."""
        oldest = {name: tracker.oldest_ms for name, tracker in self._trackers.items()}
        return {name: since for name, since in oldest.items() if since is not None}

    def uncommitted(self) -> dict[str, int]:
        """Return the number of offsets between the commit position and the last fetched, of each partition."""
        return {name: tracker.in_flight for name, tracker in self._trackers.items()}

    def fresh(self) -> tuple[int, int]:
        """Return the number of records that wait for their first invocation, and their bytes.

        Those that wait for earlier ones of their partition do not count: they must not keep others from being fetched.
        """
        stalled = self._stalled()
        return self._buffer.waiting(stalled if self.concurrency == 1 else stalled | self._busy())

    def full_batch(self) -> int:
        """Return how many records fill a batch, if all are like those that wait."""
        return self._limits.full(*self._buffer.waiting())

    @property
    def retrying(self) -> int:
        """The number of records that wait for a retry, or are being discarded."""
        return len(self._retries) + sum(len(batch.records) for batch in self._discarding.values())
