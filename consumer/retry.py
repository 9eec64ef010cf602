"""When failed records are tried again, and when they are given up."""

import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

from consumer.event import Record

FOREVER = -1


@dataclass(frozen=True)
class RetryPolicy:
    """Bounds of trying again; -1 is no bound, as in the mapping's own options."""

    maximum_attempts: int = FOREVER
    maximum_age_s: float = FOREVER
    base_s: float = 0.2
    cap_s: float = 30.0

    def delay(self, attempt: int, random: Callable[[], float]) -> float:
        """Seconds before retry number `attempt` (from 1): doubling up to the cap, of which half is jitter."""
        ceiling = min(self.cap_s, self.base_s * 2.0 ** min(attempt - 1, 32))
        return ceiling * (0.5 + random() / 2)

    def gives_up(self, record: Record, attempts: int, now_ms: float) -> bool:
        """Whether a record that has failed `attempts` times is not to be tried again."""
        if self.maximum_attempts != FOREVER and attempts > self.maximum_attempts:
            return True
        return self.maximum_age_s != FOREVER and 0 <= record.timestamp < now_ms - self.maximum_age_s * 1000


class Waiting(NamedTuple):
    """Records that failed together and wait for their next try."""

    due: float
    number: int
    records: list[Record]
    partitions: frozenset[str]


@dataclass
class RetryQueue:
    """Failed records by the time they are due. Attempts are kept for failed records only."""

    policy: RetryPolicy
    random: Callable[[], float]
    _waiting: list[Waiting] = field(default_factory=list)
    _attempts: dict[tuple[str, int], int] = field(default_factory=dict)
    _numbers: "count[int]" = field(default_factory=count)

    def attempts(self, record: Record) -> int:
        """How often the record has failed so far."""
        return self._attempts.get((record.partition, record.offset), 0)

    def fail(self, failed: Iterable[Record], now: float, now_ms: float, counted: bool = True) -> list[Record]:
        """Queues failed records for another try; returns those to be given up, which stay out of the queue.

        `counted` is False where the function was never reached: it costs no attempt, only time.
        """
        again: list[Record] = []
        given_up: list[Record] = []
        latest = 1
        for record in failed:
            attempts = self.attempts(record) + counted
            self._attempts[record.partition, record.offset] = attempts
            latest = max(latest, attempts)
            (given_up if self.policy.gives_up(record, attempts, now_ms) else again).append(record)
        self.wait(again, now + self.policy.delay(latest, self.random))
        return given_up

    def wait(self, records: Sequence[Record], due: float) -> None:
        """Queues records until `due`, without counting an attempt."""
        if records:
            heapq.heappush(self._waiting, _waiting(due, next(self._numbers), records))

    def take(self, now: float, most_records: int = 0, most_bytes: int = 0) -> list[Record]:
        """Records that are due: those that failed together, and others that fit beside them; empty if none is.

        With the default bounds nothing is merged: a batch comes back exactly as it failed.
        """
        taken: list[Record] = []
        size = 0
        while self._waiting and self._waiting[0].due <= now:
            following = self._waiting[0].records
            size += sum(record.size for record in following)
            if taken and (len(taken) + len(following) > most_records or size > most_bytes):
                break
            taken += heapq.heappop(self._waiting).records
        return taken

    def done(self, records: Iterable[Record]) -> None:
        """Forgets the attempts of records that need no more."""
        if self._attempts:
            for record in records:
                self._attempts.pop((record.partition, record.offset), None)

    def forget(self, partition: str) -> None:
        """Drops everything of a partition that is no longer ours."""
        waiting, self._waiting = self._waiting, []
        for due, _, records, _ in waiting:
            self.wait([record for record in records if record.partition != partition], due)
        self._attempts = {known: n for known, n in self._attempts.items() if known[0] != partition}

    def partitions(self) -> frozenset[str]:
        """The partitions that have something waiting."""
        return frozenset().union(*(waiting.partitions for waiting in self._waiting))

    def __len__(self) -> int:
        return sum(len(waiting.records) for waiting in self._waiting)


def _waiting(due: float, number: int, records: Sequence[Record]) -> Waiting:
    return Waiting(due, number, list(records), frozenset(record.partition for record in records))
