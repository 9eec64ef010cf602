"""Which messages are followed: a share of them, spread evenly, found without a look at the others."""

from collections.abc import Callable, MutableSequence, Sequence
from math import ceil

SAMPLED = "-01"
"""The end of a `traceparent` whose trace is recorded (W3C, "Trace Context", trace flags); the others end in `-00`."""


class TraceSampling:
    """Marks one in so many traceparents as sampled. One worker thread owns it.

    `chance` gives a number from 0 up to 1: where the first one stands, so that not all workers take their first.
    """

    def __init__(self, ratio: float, chance: Callable[[], float]) -> None:
        self._ratio = ratio
        self._owed = chance() if ratio else 0.0

    def mark(self, traceparents: MutableSequence[str]) -> Sequence[int]:
        """Mark those that are sampled, and return their places."""
        if not self._ratio:
            return ()
        last, before = len(traceparents) - 1, self._owed
        self._owed += len(traceparents) * self._ratio
        due = int(self._owed)
        self._owed -= due
        places = [min(ceil((number - before) / self._ratio) - 1, last) for number in range(1, due + 1)]
        for place in places:
            traceparents[place] = traceparents[place][: -len(SAMPLED)] + SAMPLED
        return places


UNSAMPLED = TraceSampling(0.0, lambda: 0.0)
"""Follows nothing."""
