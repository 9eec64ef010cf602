"""How fast letters may go."""

from threading import Lock

from comboio.token_bucket import TokenBucket


class LetterRate:
    """Allows `per_s` letters a second, and a second's worth of them at once; None is no limit. Threads may share it."""

    def __init__(self, per_s: float | None, now: float) -> None:
        capacity = max(1.0, per_s or 0.0)
        self.max_together = None if per_s is None else int(capacity)
        self._bucket = TokenBucket(per_s or 0.0, capacity, now, saved=capacity)
        self._lock = Lock()

    def wait_s(self, letters: int, now: float) -> float:
        """Count letters that are about to go at `now` (monotonic s); return the seconds to wait before they do."""
        with self._lock:
            return self._bucket.take(letters, now)
