"""How many messages a run may still produce, shared by its worker threads."""

from threading import Lock


class MessageLimit:
    """Grants `messages` in all; 0 is no limit."""

    def __init__(self, messages: int) -> None:
        self._limited = messages > 0
        self._left = messages
        self._lock = Lock()

    def claim(self, wanted: int) -> int:
        """Return as many of `wanted` as are left; 0 when none is."""
        if not self._limited:
            return wanted
        with self._lock:
            granted = min(wanted, self._left)
            self._left -= granted
            return granted

    def give_back(self, messages: int) -> None:
        """Return what was granted and not needed."""
        if self._limited and messages:
            with self._lock:
                self._left += messages
