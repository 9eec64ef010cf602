"""Reserved tokens in one process's memory: for tests, and to run without AWS."""

from threading import Lock


class MemoryTokenStore:
    """A TokenStore for the threads of one process."""

    def __init__(self) -> None:
        self.reserved: dict[tuple[str, int], int] = {}
        """Tokens by destination and window."""
        self._lock = Lock()

    def reserve(self, destination: str, window: int, wanted: int, tokens: int, expires: int) -> int:  # noqa: ARG002  (nothing outlives the process)
        """See TokenStore."""
        with self._lock:
            before = self.reserved.get((destination, window), 0)
            granted = max(0, min(wanted, tokens - before))
            self.reserved[destination, window] = before + granted
        return granted
