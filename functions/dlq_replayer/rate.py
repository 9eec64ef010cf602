"""How fast letters may go: a bucket that fills at `rate` a second. Pure: time is told."""


class Pace:
    """Lets `rate` letters a second go, a second's worth at once at the most; None: as fast as it goes."""

    def __init__(self, rate: float | None, now: float) -> None:
        self._rate = rate
        self._tokens = max(1.0, rate or 1.0)
        self._at = now

    @property
    def most(self) -> int | None:
        """Letters that may go together: a second's worth."""
        return None if self._rate is None else max(1, int(self._rate))

    def wait_s(self, letters: int, now: float) -> float:
        """Takes the tokens of `letters`; returns how long to wait before they go."""
        if self._rate is None:
            return 0.0
        self._tokens = min(max(1.0, self._rate), self._tokens + (now - self._at) * self._rate)
        self._at = now
        self._tokens -= letters
        return max(0.0, -self._tokens / self._rate)
