"""The order of keys within a batch: the entries of one destination, in the order in which they may go.

An entry with a lane waits until the one before it in its lane is through; entries without one never wait.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from math import inf

from dispatcher.destinations.entry import Entry


class Lanes:
    """Ready entries by rank, and behind each lane's first the others of the lane.

    Of one priority those go last that failed before: what probes a destination is then another one, if there is any.
    `entries` come by priority, the highest first, and are asked for as they are needed.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._coming = iter(entries)
        self._ready: defaultdict[tuple[int, bool], deque[Entry]] = defaultdict(deque)
        self._behind: dict[int, deque[Entry]] = {}

    @property
    def priority(self) -> int | None:
        """The highest priority that is ready; None if nothing is."""
        self._take_in(1)
        return max((priority for (priority, _), ready in self._ready.items() if ready), default=None)

    def take(self, max_entries: int, max_bytes: int) -> list[Entry]:
        """Take the next call: as many ready entries as its limits allow, the highest priority first.

        No two of a lane are in it, since only a lane's first is ready; an entry that goes alone is a call of its own.
        """
        self._take_in(max_entries)
        taken: list[Entry] = []
        size = 0
        for rank in sorted(self._ready, reverse=True):
            ready = self._ready[rank]
            _, together = rank
            while ready and len(taken) < max_entries and size + ready[0].size <= max_bytes:
                if not together:
                    return taken or [ready.popleft()]
                entry = ready.popleft()
                size += entry.size
                taken.append(entry)
        return taken

    def through(self, entry: Entry) -> None:
        """Let the next of the lane go: the entry was taken, or is dead. After `drain` there is no next."""
        if entry.lane is None:
            return
        if behind := self._behind.get(entry.lane):
            self._make_ready(behind.popleft())
        else:
            self._behind.pop(entry.lane, None)

    def stop(self, entry: Entry) -> list[Entry]:
        """Let nothing more of the lane go in this batch, as the entry failed; return what was behind it."""
        return list(self._behind.pop(entry.lane, ())) if entry.lane is not None else []

    def again(self, entry: Entry) -> None:
        """Put an entry that was taken back, to be the next one; its lane still waits for it."""
        self._ready[_rank(entry)].appendleft(entry)

    def split(self, entry: Entry, parts: Sequence[Entry]) -> None:
        """Put the parts of an entry that was taken in its place, in order."""
        first, *rest = parts
        if entry.lane is not None:
            self._behind.setdefault(entry.lane, deque()).extendleft(reversed(rest))
        else:
            for part in reversed(rest):
                self.again(part)
        self.again(first)

    def drain(self) -> list[Entry]:
        """Take out all that is left; entries that were taken before may still be answered."""
        self._take_in(inf)
        left = [entry for ready in self._ready.values() for entry in ready]
        left += [entry for behind in self._behind.values() for entry in behind]
        self._ready.clear()
        self._behind.clear()
        return left

    def _take_in(self, wanted: float) -> None:
        """Take in what comes, until so many are ready that may go together: those that go alone wait for them."""
        together = sum(len(ready) for (_, together), ready in self._ready.items() if together)
        while together < wanted:
            entry = next(self._coming, None)
            if entry is None:
                return
            if entry.lane is not None and entry.lane in self._behind:
                self._behind[entry.lane].append(entry)
                continue
            if entry.lane is not None:
                self._behind[entry.lane] = deque()
            self._make_ready(entry)
            together += not entry.alone

    def _make_ready(self, entry: Entry) -> None:
        self._ready[_rank(entry)].append(entry)


def _rank(entry: Entry) -> tuple[int, bool]:
    return entry.priority, not entry.alone
