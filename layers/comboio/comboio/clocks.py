"""Time as a parameter, which tests replace."""

import time
from collections.abc import Callable

from msgspec import Struct


class Clocks(Struct, frozen=True):
    """The clocks of a process."""

    now: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    """The time of day (epoch ms)."""
    clock: Callable[[], float] = time.monotonic
    """A clock that never goes back (s)."""
    sleep: Callable[[float], None] = time.sleep
    """Waits (s)."""
