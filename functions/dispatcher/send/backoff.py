"""The backoff between the tries of an entry within one batch. No clock of its own."""

from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import count

from dispatcher.destinations.entry import Entry
from dispatcher.fault import Fault

TRIES = 3
"""Calls for an entry within one batch, before its failure counts."""

FIRST_WAIT_S = 0.1
"""Seconds before the second try of an entry; doubled for the third."""


class Backoff:
    """The entries of one destination that failed and wait for their next try."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, int, Entry, Fault]] = []
        self._order = count()

    @property
    def resumes_at(self) -> float | None:
        """When the first of them may go; None if none waits."""
        return self._waiting[0][0] if self._waiting else None

    def wait(self, entry: Entry, fault: Fault, now: float) -> bool:
        """Let an entry wait for its next try; return False where it has had its last one."""
        if entry.tries >= TRIES:
            return False
        wait_s = FIRST_WAIT_S * 2 ** (entry.tries - 1)
        heappush(self._waiting, (now + wait_s, next(self._order), entry, fault))
        return True

    def due(self, now: float) -> Iterator[Entry]:
        """Take out those that have waited long enough, the first one first."""
        while self._waiting and self._waiting[0][0] <= now:
            yield heappop(self._waiting)[2]

    def end(self) -> list[tuple[Entry, Fault]]:
        """Take out all that wait, each with the fault of its last try."""
        left, self._waiting = self._waiting, []
        return [(entry, fault) for _, _, entry, fault in left]
