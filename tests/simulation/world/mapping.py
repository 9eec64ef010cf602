"""An event source mapping: what it delivers next, and what it makes of an answer, under each way in which it may retry.

Pure; the records themselves are the log's.
"""

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from typing import Literal

Retry = Literal["failed", "lowest", "batch"]
"""What the mapping redelivers: the failed records, all from the lowest of them on, or the whole batch."""

Batch = dict[str, list[int]]
"""Offsets to deliver, by partition."""


class Mapping:
    """One mapping. It has one batch under way at a time, so that no partition has two."""

    def __init__(self, retry: Retry, size: int, *, bisect: bool = False, any_order: bool = False) -> None:
        self.retry = retry
        self.size = size
        """Maximum of records of a partition in a batch."""
        self.bisect = bisect
        self.any_order = any_order
        """Whether it is in Queue mode, which keeps no order."""
        self.fresh: dict[str, list[int]] = {}
        """Offsets that were never delivered, by partition."""
        self.again: dict[str, list[int]] = {}
        """Offsets that are to be delivered again."""
        self.unanswered: list[Batch] = []
        """Batches whose invocation had no answer: they come again as they were, or in halves, before anything else."""

    def appended(self, partition: str, offset: int) -> None:
        """Take note of a new record."""
        self.fresh.setdefault(partition, []).append(offset)
        self.again.setdefault(partition, [])

    def next_batch(self, turn: int) -> Batch:
        """Return the next batch; `turn` chooses where there is a choice. Empty where there is nothing to deliver."""
        if self.unanswered:
            return self.unanswered[0]
        batch: Batch = {}
        for name, fresh in self.fresh.items():
            again = self.again[name]
            if self.any_order:
                everything = fresh + again
                start = turn % (len(everything) or 1)
                delivered = sorted((everything[start:] + everything[:start])[: self.size])
            elif self.retry == "failed":  # new ones go on meanwhile
                delivered = (fresh[:turn] + again[turn:] + again[:turn] + fresh[turn:])[: self.size]
            else:
                delivered = again[: self.size] or fresh[: self.size]
            if delivered:
                batch[name] = delivered
        return batch

    def failed(self, batch: Batch) -> None:
        """Note that an invocation had no answer."""
        if self.unanswered and self.unanswered[0] is batch:
            self.unanswered.pop(0)
        halves = _halves(batch) if self.bisect else [batch]
        self.unanswered[:0] = halves
        self._delivered(batch)
        for name, offsets in batch.items():
            self.again[name] = sorted(set(self.again[name]) - set(offsets))

    def answered(self, batch: Batch, failures: Dictionary[str, Sequence[int]]) -> None:
        """Take an answer: what failed, by partition."""
        if self.unanswered and self.unanswered[0] is batch:
            self.unanswered.pop(0)
        self._delivered(batch)
        for name, offsets in batch.items():
            undone = undone_of(self.retry, offsets, failures.get(name, ()), failures)
            self.again[name] = sorted(set(undone) | (set(self.again[name]) - set(offsets)))

    def fail_over(self, logs: Dictionary[str, Sequence[int]]) -> None:
        """Let another poller go on from the last commits: from the lowest offset of each partition that is not done.

        What comes above it comes again, done or not.
        """
        commits = {name: min(self.undone(name), default=None) for name in self.fresh}
        self.unanswered = []
        for name, commit in commits.items():
            self.again[name] = []
            self.fresh[name] = [offset for offset in logs[name] if commit is not None and offset >= commit]

    def set_back(self, partition: str, offsets: Sequence[int]) -> None:
        """Deliver some offsets of a partition anew, as a consumer group does that was set back."""
        self.forget(partition, offsets)
        self.fresh[partition] = sorted({*self.fresh[partition], *offsets})

    def forget(self, partition: str, offsets: Sequence[int] | None = None) -> None:
        """Let some offsets never come, or come again: they are no longer in the log. None: all of them."""
        gone = None if offsets is None else set(offsets)

        def left(held: Sequence[int]) -> list[int]:
            return [] if gone is None else [offset for offset in held if offset not in gone]

        for held in (self.fresh, self.again):
            if partition in held:
                held[partition] = left(held[partition])
        for batch in self.unanswered:
            if partition in batch:
                batch[partition] = left(batch[partition])
        self.unanswered = [{name: held for name, held in batch.items() if held} for batch in self.unanswered]
        self.unanswered = [batch for batch in self.unanswered if batch]

    def undone(self, partition: str) -> list[int]:
        """Return the offsets of a partition that it still has to deliver."""
        waiting = [offset for batch in self.unanswered for offset in batch.get(partition, ())]
        return sorted({*waiting, *self.again.get(partition, ()), *self.fresh.get(partition, ())})

    @property
    def done(self) -> bool:
        """Whether it has nothing to deliver."""
        return not self.unanswered and not any(self.fresh.values()) and not any(self.again.values())

    def _delivered(self, batch: Batch) -> None:
        for name, offsets in batch.items():
            self.fresh[name] = [offset for offset in self.fresh[name] if offset not in offsets]


def undone_of(
    retry: Retry, offsets: Sequence[int], failed: Sequence[int], failures: Dictionary[str, Sequence[int]]
) -> list[int]:
    """Return the offsets of a partition's part of a batch that come again; `failures` are those of the whole batch."""
    if retry == "batch" and any(failures.values()):
        return sorted(offsets)
    if retry == "lowest" and failed:
        return sorted(offset for offset in offsets if offset >= min(failed))
    return sorted(failed)


def _halves(batch: Batch) -> list[Batch]:
    """Cut a batch in two, the earlier offsets of a partition first; one record stays one."""
    places = [(name, offset) for name in sorted(batch) for offset in sorted(batch[name])]
    middle = (len(places) + 1) // 2
    halves: list[Batch] = []
    for part in (places[:middle], places[middle:]):
        half: Batch = {}
        for name, offset in part:
            half.setdefault(name, []).append(offset)
        if half:
            halves.append(half)
    return halves
