"""When failed records are retried, and when they are discarded."""

from bisect import insort
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

from consumer.event import ConsumedRecord

FOREVER = -1


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Limits of retrying; -1 is no limit, as in the mapping's own options."""

    maximum_attempts: int = FOREVER
    maximum_age_s: float = FOREVER
    base_s: float = 0.2
    cap_s: float = 30.0

    def delay(self, attempt: int, random: Callable[[], float]) -> float:
        """Return the seconds before retry `attempt` (from 1): they double up to the cap, and half of them is jitter."""
        ceiling = min(self.cap_s, self.base_s * 2.0 ** min(attempt - 1, 32))
        return ceiling * (0.5 + random() / 2)

    def is_exhausted(self, attempts: int, since_ms: float, now_ms: float) -> bool:
        """Return whether a record that has failed `attempts` times, and is of `since_ms`, is not retried any more."""
        if self.maximum_attempts != FOREVER and attempts > self.maximum_attempts:
            return True
        return self.maximum_age_s != FOREVER and since_ms < now_ms - self.maximum_age_s * 1000


class Waiting(NamedTuple):
    """Records that failed together and wait for their next retry."""

    due: float
    number: int
    records: list[ConsumedRecord]
    partitions: frozenset[str]
    unanswered: bool = False
    """Whether the function did not answer for them: they come back as they are, no others with them, and in order."""


@dataclass(slots=True)
class RetryQueue:
    """Failed records by the time they are due. Attempts are kept for failed records only."""

    policy: RetryPolicy
    random: Callable[[], float]
    _waiting: list[Waiting] = field(default_factory=list)
    _attempts: dict[tuple[str, int], int] = field(default_factory=dict)
    _unreached: dict[tuple[str, int], int] = field(default_factory=dict)
    """How often in a row the function was not reached with the record: that waits longer each time, too."""
    _since_ms: dict[tuple[str, int], float] = field(default_factory=dict)
    """When a record failed first that does not say its age: it has no timestamp, or one that is ahead of our clock."""
    _numbers: "count[int]" = field(default_factory=count)

    def attempts(self, record: ConsumedRecord) -> int:
        """Return how often the record has failed so far."""
        return self._attempts.get((record.partition, record.offset), 0)

    def most_attempts(self, records: Iterable[ConsumedRecord]) -> int:
        """Return the largest number of failures of any of these records."""
        return max(map(self.attempts, records), default=0) if self._attempts else 0

    def fail(
        self,
        failed: Sequence[ConsumedRecord],
        now: float,
        now_ms: float,
        *,
        counted: bool = True,
        split: bool = False,
        unanswered: bool = False,
    ) -> list[ConsumedRecord]:
        """Queue failed records for a retry; return those that are exhausted, which stay out of the queue.

        `counted` is False where the function was never reached: that costs no attempt, only ever more time. `split`
        queues the two halves apart, at no attempt either, to find the bad record. `unanswered` queues them to come back
        as they are.
        """
        split = split and len(failed) > 1
        reached, counted = counted, counted and not split
        again: list[ConsumedRecord] = []
        exhausted: list[ConsumedRecord] = []
        latest = 1
        for record in failed:
            attempts = self.attempts(record) + counted
            self._attempts[record.partition, record.offset] = attempts
            latest = max(latest, attempts, self._waits(record, reached=reached))
            gone = self.policy.is_exhausted(attempts, self._since(record, now_ms), now_ms)
            (exhausted if gone else again).append(record)
        due = now + self.policy.delay(latest, self.random)
        if split and len(again) > 1:
            again.sort(key=lambda record: (record.partition, record.offset))  # so that one half is the earlier
            half = (len(again) + 1) // 2
            self.wait(again[:half], due, unanswered=True)
            self.wait(again[half:], due, unanswered=True)
        else:
            self.wait(again, due, unanswered=unanswered)
        return exhausted

    def _since(self, record: ConsumedRecord, now_ms: float) -> float:
        """Return the time that a record's age counts from."""
        place = record.partition, record.offset
        if place in self._since_ms or not 0 <= record.timestamp <= now_ms:
            return self._since_ms.setdefault(place, now_ms)
        return record.timestamp

    def _waits(self, record: ConsumedRecord, *, reached: bool) -> int:
        """Return how often in a row the function has not been reached with a record, this time included."""
        place = record.partition, record.offset
        if reached:
            self._unreached.pop(place, None)
            return 0
        times = self._unreached[place] = self._unreached.get(place, 0) + 1
        return times

    def wait(self, records: Sequence[ConsumedRecord], due: float, *, unanswered: bool = False) -> None:
        """Queue records until `due`, without counting an attempt."""
        if records:
            insort(self._waiting, _waiting(due, next(self._numbers), records, unanswered=unanswered))

    def take(
        self,
        now: float,
        most_records: int = 0,
        most_bytes: int = 0,
        busy: Container[str] = (),
        *,
        ordered: bool = False,
    ) -> list[ConsumedRecord]:
        """Return records that are due: those that failed together, and others that fit beside them; empty if none is.

        With the default limits nothing is merged: a batch comes back exactly as it failed. What has a partition in
        `busy` stays; so does what shares one with an unanswered batch, which goes first, and, with `ordered` or of an
        unanswered batch that was split, what has an earlier offset of its partition waiting elsewhere.
        """
        lowest = self._lowest() if ordered and len(self._waiting) > 1 else {}
        unanswered = self._lowest(unanswered=True)
        taken: list[ConsumedRecord] = []
        size = 0
        left: list[Waiting] = []
        full = False
        for waiting in self._waiting:
            if full or waiting.due > now or any(partition in busy for partition in waiting.partitions):
                left.append(waiting)
                continue
            if waiting.unanswered and taken:
                left.append(waiting)
                continue
            blocking = lowest or unanswered
            if not waiting.partitions.isdisjoint(blocking) and not _is_first(waiting, blocking):
                left.append(waiting)
                continue
            size += sum(record.size for record in waiting.records)
            full = bool(taken) and (len(taken) + len(waiting.records) > most_records or size > most_bytes)
            if full:
                left.append(waiting)
            else:
                taken += waiting.records
                full = waiting.unanswered
        if taken:
            self._waiting = left
        return taken

    def _lowest(self, *, unanswered: bool = False) -> dict[str, int]:
        """Return the lowest offset that waits, of each partition; `unanswered`: of those that nobody answered for."""
        lowest: dict[str, int] = {}
        for waiting in self._waiting:
            for record in waiting.records if waiting.unanswered or not unanswered else ():
                lowest[record.partition] = min(record.offset, lowest.get(record.partition, record.offset))
        return lowest

    def done(self, records: Iterable[ConsumedRecord]) -> None:
        """Forget the attempts of records that are done."""
        if self._attempts:
            for record in records:
                self._attempts.pop((record.partition, record.offset), None)
                self._unreached.pop((record.partition, record.offset), None)
                self._since_ms.pop((record.partition, record.offset), None)

    def forget(self, partition: str) -> None:
        """Drop everything of a partition that has left this consumer."""
        waiting, self._waiting = self._waiting, []
        for due, _, records, _, unanswered in waiting:
            self.wait([record for record in records if record.partition != partition], due, unanswered=unanswered)
        self._attempts = {known: n for known, n in self._attempts.items() if known[0] != partition}
        self._unreached = {known: n for known, n in self._unreached.items() if known[0] != partition}
        self._since_ms = {known: since for known, since in self._since_ms.items() if known[0] != partition}

    def partitions(self, *, unanswered: bool = False) -> frozenset[str]:
        """Return the partitions that have something waiting; `unanswered`: that nobody answered for."""
        return frozenset().union(*(each.partitions for each in self._waiting if each.unanswered or not unanswered))

    def __len__(self) -> int:
        return sum(len(waiting.records) for waiting in self._waiting)


def _waiting(due: float, number: int, records: Sequence[ConsumedRecord], *, unanswered: bool) -> Waiting:
    return Waiting(due, number, list(records), frozenset(record.partition for record in records), unanswered)


def _is_first(waiting: Waiting, lowest: Mapping[str, int]) -> bool:
    """Return whether these are the earliest records that wait, of each of their partitions."""
    first = {(record.partition, record.offset) for record in waiting.records}
    return all((partition, lowest[partition]) in first for partition in waiting.partitions & lowest.keys())
