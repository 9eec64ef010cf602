"""Original timing: replays lines with the intervals of their `occurred_at`."""

from collections.abc import Callable
from datetime import datetime, timedelta


class OriginalTiming:
    """Makes the first line due at once, and each later one as long after it as their `occurred_at` are apart.

    `clock` only ever goes on (monotonic seconds): the time of day may be set back, and lines would wait for it.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._first: datetime | None = None
        self._began = 0.0

    def due(self, occurred: datetime | None) -> bool:
        """Return whether a line that occurred at `occurred` is due now; without a time it always is."""
        if occurred is None:
            return True
        if self._first is None:
            self._first, self._began = occurred, self._clock()
        if (occurred.tzinfo is None) != (self._first.tzinfo is None):
            return True
        return occurred - self._first <= timedelta(seconds=self._clock() - self._began)
