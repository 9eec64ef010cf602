"""Tells work that stands still from having nothing to do."""


class Stall:
    """Since when nothing has been done although records wait. Time is given."""

    def __init__(self) -> None:
        self._since: float | None = None

    def seconds(self, now: float, *, waiting: bool, done: bool) -> float:
        """Return the seconds for which records have waited and none was done; 0 if none waits.

        `waiting` is whether records wait now, `done` whether one was done since the last call.
        """
        if not waiting:
            self._since = None
            return 0.0
        if done or self._since is None:
            self._since = now
        return now - self._since
