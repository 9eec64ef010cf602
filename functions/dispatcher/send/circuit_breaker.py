"""A circuit breaker: a destination that keeps failing is left alone for a while."""

OPENS_AFTER = 5
"""Failed calls in a row that open the circuit."""

FIRST_PAUSE_S = 1.0
"""Seconds from the opening to the first probe; doubled by every probe that fails."""

LONGEST_PAUSE_S = 30.0
"""Maximum of that pause."""

LONGEST_RETRY_AFTER_S = 3600.0
"""A destination may ask for no longer pause than this: its clock or its unit may be wrong."""


class CircuitBreaker:
    """Closed until `OPENS_AFTER` calls in a row failed; then open; after a pause one call probes.

    Times are seconds of any clock.
    """

    def __init__(self) -> None:
        self._failures = 0
        self._pause_s = FIRST_PAUSE_S
        self._opened_at: float | None = None
        self._probing = False
        self._granted = False
        self._not_before = float("-inf")

    @property
    def open(self) -> bool:
        """Whether the destination is cut off (also while a probe is out)."""
        return self._opened_at is not None

    @property
    def pause_s(self) -> float:
        """Seconds from the last failure to the next probe."""
        return self._pause_s

    def allows(self, now: float) -> bool:
        """Return whether a call may go now; asking changes nothing."""
        if self._granted and not self._probing:
            return True
        if now < self._not_before:
            return False
        if self._opened_at is None:
            return True
        return not self._probing and now - self._opened_at >= self._pause_s

    def sent(self) -> None:
        """Note that a call went out; where the circuit is open, that is the probe."""
        self._probing = self.open
        self._granted = False

    def unsent(self) -> None:
        """Note that the call did not go out after all."""
        self._probing = False

    def succeeded(self) -> None:
        """Close the circuit: a call was answered well."""
        self._failures = 0
        self._pause_s = FIRST_PAUSE_S
        self._opened_at = None
        self._probing = False

    def failed(self, now: float) -> None:
        """Note that a call failed for a reason of the destination."""
        self._failures += 1
        if self._probing:
            self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)
            self._probing = False
            self._opened_at = now
        elif self._opened_at is None and self._failures >= OPENS_AFTER:
            self._opened_at = now

    def cut_off(self, now: float) -> None:
        """Open the circuit at once, however few calls failed; where it is open, nothing changes."""
        if self._opened_at is None:
            self._opened_at = now

    def retry_after(self, now: float, seconds: float) -> None:
        """Let no call go for some seconds, as the destination asked."""
        self._not_before = max(self._not_before, now + min(seconds, LONGEST_RETRY_AFTER_S))

    @property
    def granted(self) -> bool:
        """Whether a probe was granted that is not sent yet."""
        return self._granted

    def grant_probe(self) -> None:
        """Open the circuit and let the next call be its probe, whatever the pause: all environments share its end."""
        self._opened_at = float("-inf") if self._opened_at is None else self._opened_at
        self._granted = True

    def revoke_probe(self) -> None:
        """Take a probe that was granted back."""
        self._granted = False

    def asked_wait_s(self, now: float) -> float:
        """Return the seconds for which the destination asked not to be called; 0 or less: for none."""
        return self._not_before - now
