"""A token bucket that lends: taking always succeeds, and returns how long to wait before the next taking.

Pure: the time is an argument, and nothing blocks. Debt rather than refusal lets a caller pay for a batch after it
knows its size.
"""


class TokenBucket:
    """`rate` tokens a second, of which at most `capacity` are saved while nobody takes. A `rate` of 0 is no limit.

    It begins with `saved` tokens: 0 is no burst at the start, `capacity` is a full bucket. If the waits are kept, what
    is taken in any `t` seconds is at most `rate * t + capacity` and one taking.
    """

    def __init__(self, rate: float, capacity: float, now: float, saved: float = 0.0) -> None:
        if rate < 0 or capacity < 0:
            raise ValueError(f"rate and capacity cannot be negative: {rate}, {capacity}")
        self._rate = rate
        self._capacity = capacity
        self._tokens = min(saved, capacity)
        self._refilled_at = now

    def take(self, tokens: float, now: float) -> float:
        """Take tokens at `now` (monotonic s); return the seconds to wait until the debt is paid."""
        if self._rate == 0:
            return 0.0
        self._refill(now)
        self._tokens -= tokens
        return max(0.0, -self._tokens / self._rate)

    def change(self, rate: float, capacity: float, now: float) -> None:
        """Continue at another rate; tokens earned and owed so far stay, up to the new capacity."""
        self._refill(now)
        self._rate = rate
        self._capacity = capacity
        self._tokens = min(capacity, self._tokens)

    def _refill(self, now: float) -> None:
        earned = max(0.0, now - self._refilled_at) * self._rate
        self._tokens = min(self._capacity, self._tokens + earned)
        self._refilled_at = max(self._refilled_at, now)
