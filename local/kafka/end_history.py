"""When a partition's end passed an offset, from looks at its end: how old a lag is, without fetching a record. Pure."""

from bisect import bisect_right
from collections.abc import Iterable

MOST_LOOKS = 3_600
"""Looks that are kept: at one a second, an hour. The age of a record from before them is known as "at least"."""


class EndHistory:
    """The ends of one partition (one past its last offset) and when they were seen, in seconds of any clock."""

    def __init__(self, looks: Iterable[tuple[float, int]] = ()) -> None:
        self._times: list[float] = []
        self._ends: list[int] = []
        for at, end in looks:
            self.add(at, end)

    def add(self, at: float, end: int) -> None:
        """Add a look. An end below the last one, as of a recreated topic, starts over."""
        if self._ends and end < self._ends[-1]:
            self._times.clear()
            self._ends.clear()
        if len(self._ends) > 1 and self._ends[-2] == self._ends[-1] == end:
            self._times[-1] = at  # nothing came: the look before says as much
            return
        self._times.append(at)
        self._ends.append(end)
        if len(self._ends) > MOST_LOOKS:
            del self._times[0], self._ends[0]

    def age_s(self, position: int, at: float) -> tuple[float, bool]:
        """Return the age at `at` of the record at `position`, the next that is not done, and whether that is sure.

        Between two looks, records came evenly. The age is 0 where nothing waits; a record that was there at the first
        look is at least as old as that, which is not sure.
        """
        seen = bisect_right(self._times, at)
        if not seen or position >= self._ends[seen - 1]:
            return 0.0, True
        after = bisect_right(self._ends, position, hi=seen)
        if after == 0:
            return max(0.0, at - self._times[0]), False
        before, end = self._ends[after - 1], self._ends[after]
        share = (position - before) / (end - before)
        came = self._times[after - 1] + share * (self._times[after] - self._times[after - 1])
        return max(0.0, at - came), True
