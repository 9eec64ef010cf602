"""Windows of time, each with its own tokens: how a rate becomes numbers that environments can reserve. Pure.

A window is one second, or longer where the rate is below one message a second. Its number follows from the clock alone,
so that environments need not agree on anything but the time.
"""

from math import ceil, floor
from typing import NamedTuple

_CHUNKS = 10
"""Reservations that use up a window: fewer cost less, more leave less unused and share a window among more."""


class Rate(NamedTuple):
    """A maximum of messages a second as windows."""

    window_ms: int
    """Length of a window."""
    tokens: int
    """Messages that may go in one window."""

    @property
    def chunk(self) -> int:
        """Tokens that one reservation asks for, unless more are needed."""
        return max(1, self.tokens // _CHUNKS)

    def window(self, now: int) -> int:
        """Return the number of the window that `now` (epoch ms) is in."""
        return now // self.window_ms

    def ends_at(self, window: int) -> int:
        """Return when a window is over (epoch ms)."""
        return (window + 1) * self.window_ms


def rate_of(max_per_s: float) -> Rate:
    """Return the windows of a rate, which never allow more; a fraction of a message a window is not used."""
    seconds = 1 if max_per_s >= 1 else ceil(1 / max_per_s)
    return Rate(seconds * 1_000, max(1, floor(max_per_s * seconds)))
