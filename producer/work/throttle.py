"""Limits the rate of all worker threads together: messages a second and bytes a second, whichever comes first."""

from collections.abc import Callable
from threading import Lock

from comboio.token_bucket import TokenBucket

_BURST_S = 1.0
"""A stall of up to a second (a slow broker, a busy machine) is caught up afterwards."""
_SLICE_S = 0.01
"""A batch has at most this many seconds' messages, so that the rate is even and the waits are short."""
_MOST = 1_000
"""Larger batches than this make no message cheaper; with 100 each costs a fourth more."""


class Throttle:
    """Two token buckets under one lock. A limit of 0 means no limit; no batch is above `most`."""

    def __init__(self, messages: float, size: float, clock: Callable[[], float], most: int = _MOST) -> None:
        now = clock()
        self._most = max(1, min(most, _MOST))
        self._clock = clock
        self._lock = Lock()
        self._rates = (messages, size)
        self._message_size = max(size, 1.0)  # of the last batch; before the first one it may be anything
        self._messages = TokenBucket(messages, messages * _BURST_S, now)
        self._bytes = TokenBucket(size, size * _BURST_S, now)

    def batch(self, workers: int) -> int:
        """Return how many messages one of `workers` threads should make at a time: a slice of what the limits allow."""
        messages, size = self._rates
        share = _SLICE_S / workers
        fair = [messages * share] if messages else []
        fair += [size * share / self._message_size] if size else []
        return max(1, int(min([self._most, *fair])))

    def take(self, messages: int, size: int) -> float:
        """Take both from the buckets; return the seconds to wait before going on."""
        now = self._clock()
        with self._lock:
            if messages and size:
                self._message_size = size / messages
            return max(self._messages.take(messages, now), self._bytes.take(size, now))

    def change(self, messages: float, size: float) -> None:
        """Change the rates; a debt from the old ones is still paid."""
        now = self._clock()
        with self._lock:
            self._rates = (messages, size)
            self._messages.change(messages, messages * _BURST_S, now)
            self._bytes.change(size, size * _BURST_S, now)
