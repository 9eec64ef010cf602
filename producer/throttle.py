"""The rate all worker threads share: messages a second and bytes a second, whichever is reached first."""

from collections.abc import Callable
from threading import Lock

from producer.token_bucket import TokenBucket

_SAVED_S = 1.0
"""Seconds of rate that can be caught up after a stall (a slow broker, a busy machine)."""
_SLICE_S = 0.005
"""A batch is at most this much of a second's messages, so that the rate is even and the waits are short."""
_MOST = 100


class Throttle:
    """Two token buckets behind one lock. A limit of 0 is no limit."""

    def __init__(self, messages: float, size: float, clock: Callable[[], float]) -> None:
        now = clock()
        self._clock = clock
        self._lock = Lock()
        self._rate = messages
        self._messages = TokenBucket(messages, messages * _SAVED_S, now)
        self._bytes = TokenBucket(size, size * _SAVED_S, now)

    def batch(self, workers: int) -> int:
        """How many messages one of `workers` threads should make at a time."""
        if self._rate == 0:
            return _MOST
        return max(1, min(_MOST, int(self._rate * _SLICE_S / workers)))

    def take(self, messages: int, size: int) -> float:
        """Takes both; the seconds to wait before going on."""
        now = self._clock()
        with self._lock:
            return max(self._messages.take(messages, now), self._bytes.take(size, now))

    def change(self, messages: float, size: float) -> None:
        """Goes on at other rates; what is owed at the old ones is still paid."""
        now = self._clock()
        with self._lock:
            self._rate = messages
            self._messages.change(messages, messages * _SAVED_S, now)
            self._bytes.change(size, size * _SAVED_S, now)
