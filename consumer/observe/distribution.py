"""How values are distributed: counted by buckets since the start, and the newest ones as they are."""

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence

NEWEST = 100
"""Values that are kept as they are: CloudWatch takes no more of one metric at a time."""


class Distribution:
    """One thread adds and takes; any thread may read the counts."""

    def __init__(self, bounds: Sequence[float]) -> None:
        """Take the buckets' upper bounds, rising; what is above them has a bucket of its own."""
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        """Of each bucket."""
        self.total = 0.0
        """The sum of all values."""
        self._newest: deque[float] = deque(maxlen=NEWEST)

    def add(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value
        self._newest.append(value)

    def take(self) -> list[float]:
        """Return the values since the last call, the newest of them."""
        taken = list(self._newest)
        self._newest.clear()
        return taken
