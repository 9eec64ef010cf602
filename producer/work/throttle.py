"""The rate all worker threads share: messages a second and bytes a second, whichever is reached first."""

from collections.abc import Callable
from threading import Lock

from comboio.token_bucket import TokenBucket

_SAVED_S = 1.0
"""Seconds of rate that can be caught up after a stall (a slow broker, a busy machine)."""
_SLICE_S = 0.01
"""A batch is at most this much of a second's messages, so that the rate is even and the waits are short."""
_MOST = 1_000
"""From here on larger batches make no message cheaper; one of 100 makes each a fourth dearer."""


class Throttle:
    """Two token buckets behind one lock. A limit of 0 is no limit; no batch is above `most`."""

    def __init__(self, messages: float, size: float, clock: Callable[[], float], most: int = _MOST) -> None:
        now = clock()
        self._most = max(1, min(most, _MOST))
        self._clock = clock
        self._lock = Lock()
        self._rates = (messages, size)
        self._message_size = max(size, 1.0)  # of the last batch; before the first one it may be anything
        self._messages = TokenBucket(messages, messages * _SAVED_S, now)
        self._bytes = TokenBucket(size, size * _SAVED_S, now)

    def batch(self, workers: int) -> int:
        """How many messages one of `workers` threads should make at a time: a slice of what either limit allows."""
        messages, size = self._rates
        share = _SLICE_S / workers
        fair = [messages * share] if messages else []
        fair += [size * share / self._message_size] if size else []
        return max(1, int(min([self._most, *fair])))

    def take(self, messages: int, size: int) -> float:
        """Takes both; the seconds to wait before going on."""
        now = self._clock()
        with self._lock:
            if messages and size:
                self._message_size = size / messages
            return max(self._messages.take(messages, now), self._bytes.take(size, now))

    def change(self, messages: float, size: float) -> None:
        """Goes on at other rates; what is owed at the old ones is still paid."""
        now = self._clock()
        with self._lock:
            self._rates = (messages, size)
            self._messages.change(messages, messages * _SAVED_S, now)
            self._bytes.change(size, size * _SAVED_S, now)
