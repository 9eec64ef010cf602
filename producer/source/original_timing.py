"""Original timing: replays lines with the intervals of their `occurred_at`."""

from datetime import datetime, timedelta


class OriginalTiming:
    """Makes the first line due at once, and each later one as long after it as their `occurred_at` are apart."""

    def __init__(self) -> None:
        self._first: datetime | None = None
        self._began = 0

    def due(self, occurred: datetime | None, now: int) -> bool:
        """Return whether a line that occurred at `occurred` is due at `now` (epoch ms); without a time it always is."""
        if occurred is None:
            return True
        if self._first is None:
            self._first, self._began = occurred, now
        if (occurred.tzinfo is None) != (self._first.tzinfo is None):
            return True
        return occurred - self._first <= timedelta(milliseconds=now - self._began)
