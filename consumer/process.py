"""The process: its signals, its standard streams and its end, none of which the function's code may spoil."""

import os
import signal
import sys
import time
from threading import Thread
from types import FrameType
from typing import NoReturn

_EXIT_S = 5.0
"""Seconds that threads and exit handlers of foreign code may keep the process once its work is done."""


class Stop:
    """Turned on by the first SIGTERM or SIGINT; a second one ends the process as if none had been caught."""

    def __init__(self) -> None:
        self._on = False
        self.install()

    def install(self) -> None:
        """Take the signals; to be called again after foreign code was imported, which may have taken them."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL if self._on else self._receive)

    def __call__(self) -> bool:
        """Return whether a signal has asked for the end."""
        return self._on

    def _receive(self, _: int, __: FrameType | None) -> None:
        self._on = True
        self.install()


def keep_standard_streams() -> None:
    """Open the null device for each standard stream that is closed, so that no socket or file gets its number."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def say(text: str) -> None:
    """Write a line to standard error, if there is one."""
    if sys.stderr is not None:
        sys.stderr.write(f"{text}\n")


def end_process(status: int) -> NoReturn:
    """Exit with this status, at the latest after `_EXIT_S`: a thread that the function left behind cannot keep it."""

    def end() -> None:
        time.sleep(_EXIT_S)
        os._exit(status)

    Thread(target=end, name="exit", daemon=True).start()
    sys.exit(status)
