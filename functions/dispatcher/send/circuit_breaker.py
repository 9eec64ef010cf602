"""A circuit circuit: a destination that keeps failing is left alone for a while."""

OPENS_AFTER = 5
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0


class CircuitBreaker:
    """Closed until `OPENS_AFTER` calls in a row failed; then open; after a pause one call probes.

    The pause doubles with every probe that fails, up to `LONGEST_PAUSE_S`. Times are seconds of any clock.
    """

    def __init__(self) -> None:
        self._failures = 0
        self._pause_s = FIRST_PAUSE_S
        self._opened_at: float | None = None
        self._probing = False

    @property
    def open(self) -> bool:
        """Whether the destination is cut off (also while a probe is out)."""
        return self._opened_at is not None

    def allows(self, now: float) -> bool:
        """Whether a call may go now; asking changes nothing."""
        if self._opened_at is None:
            return True
        return not self._probing and now - self._opened_at >= self._pause_s

    def sent(self) -> None:
        """A call went out; where the circuit is open, that is the probe."""
        self._probing = self.open

    def succeeded(self) -> None:
        """A call was answered well: closed again."""
        self._failures = 0
        self._pause_s = FIRST_PAUSE_S
        self._opened_at = None
        self._probing = False

    def failed(self, now: float) -> None:
        """A call failed for a reason of the destination."""
        self._failures += 1
        if self._probing:
            self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)
            self._probing = False
            self._opened_at = now
        elif self._opened_at is None and self._failures >= OPENS_AFTER:
            self._opened_at = now
