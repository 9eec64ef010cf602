"""What is logged of a failure that does not end the service and may go on for days."""

import logging
from collections.abc import Callable
from threading import Lock

AGAIN_S = 60.0
"""Seconds between two lines about the same failure: enough to be found, too few to fill a disk."""

_log = logging.getLogger(__name__)


class FailureLog:
    """Logs a repeated failure: its first time, then once a minute, and that it is over. Any thread may use it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._times: dict[str, int] = {}
        self._logged_at: dict[str, float] = {}
        self._open: set[str] = set()

    def failed(self, what: str, error: Exception) -> None:
        """Log that `what` (such as "writing the reject file") failed and is tried again, unless it was just logged."""
        now = self._clock()
        with self._lock:
            self._times[what] = times = self._times.get(what, 0) + 1
            if now - self._logged_at.get(what, float("-inf")) < AGAIN_S:
                return
            self._logged_at[what] = now
            self._open.add(what)
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        _log.warning("%s failed, and is tried again: %s", what, why, extra={"times": times})

    def works(self, what: str) -> None:
        """Log that `what` works again, if it was logged that it failed."""
        if what not in self._times:
            return
        with self._lock:
            times, told = self._times.pop(what, 0), what in self._open
            self._open.discard(what)
        if told:
            _log.info("%s works again", what, extra={"times": times})
