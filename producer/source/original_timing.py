"""Original timing: lines become due as far apart in time as what they tell of."""

from datetime import datetime, timedelta


class Pace:
    """The first line is due at once, each later one when as much time has passed as between what they tell of."""

    def __init__(self) -> None:
        self._first: datetime | None = None
        self._began_ms = 0

    def due(self, occurred: datetime | None, now_ms: int) -> bool:
        """Whether a line that tells of `occurred` may go at `now_ms` (ms since 1970). Without a time it may."""
        if occurred is None:
            return True
        if self._first is None:
            self._first, self._began_ms = occurred, now_ms
        if (occurred.tzinfo is None) != (self._first.tzinfo is None):
            return True
        return occurred - self._first <= timedelta(milliseconds=now_ms - self._began_ms)
