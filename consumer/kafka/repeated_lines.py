"""Lines of a fault that goes on: without a broker the client writes 40 a second, for as long as that lasts."""

import logging
import re
from collections.abc import Callable

AGAIN_S = 60.0
"""Seconds between two lines that are alike: enough to be found, too few to fill a disk."""

MOST_KINDS = 1_000
"""Kinds of lines that are remembered; more than these are no repetition."""

NUMBERS = re.compile(r"\d+")
"""What lines that are alike differ in: ports, times, brokers, offsets."""


class RepeatedLines:
    """Logs the first of the warnings and errors that are alike, then one a minute with how many it stands for."""

    def __init__(self, log: logging.Logger, clock: Callable[[], float]) -> None:
        self._log = log
        self._clock = clock
        self._kinds: dict[str, tuple[float, int]] = {}

    def log(self, level: int, message: str, *details: object) -> None:
        """Log a line, or count it; what is below a warning is logged as it comes."""
        if level >= logging.WARNING:
            text = message % details if details else message
            kind, now = NUMBERS.sub("", text), self._clock()
            logged_at, left_out = self._kinds.get(kind, (float("-inf"), 0))
            if now < logged_at + AGAIN_S:
                self._kinds[kind] = logged_at, left_out + 1
                return
            if len(self._kinds) >= MOST_KINDS:
                self._kinds.clear()
            self._kinds[kind] = now, 0
            if left_out:
                self._log.log(level, "%s (and %d lines like it)", text, left_out, stacklevel=2)
                return
        self._log.log(level, message, *details, stacklevel=2)
