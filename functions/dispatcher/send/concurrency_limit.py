"""How many calls a destination gets at a time: halved when it throttles, grown back call by call."""


class ConcurrencyLimit:
    """Additive increase, multiplicative decrease (as TCP does), between 1 and `most` calls."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._limit = float(most)
        self._slowed_at = float("-inf")

    @property
    def limit(self) -> int:
        """Calls that may be under way at the same time."""
        return max(1, int(self._limit))

    def answered(self) -> None:
        """Note a call that went well: the limit grows by about one after each round of `limit` calls."""
        self._limit = min(self._most, self._limit + 1 / self._limit)

    def throttled(self, now: float) -> None:
        """Halve the limit, since the destination throttles; calls of the same 100 ms count once."""
        if now - self._slowed_at >= 0.1:
            self._slowed_at = now
            self._limit = max(1.0, self._limit / 2)
