"""Signals of a check: the first ends it, and whatever comes while things are removed is answered, and no more."""

import os
import signal
from collections.abc import Callable
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, the end that a machine asks for, and a connection to the host that is lost."""

_PATIENCE = b"What was made is being removed; this takes some minutes.\n"


def say_patience() -> None:
    """Write to standard error, without a buffer that the interrupted code may hold."""
    try:
        os.write(2, _PATIENCE)
    except OSError:  # nobody reads any more
        return


def nobody_reads() -> None:
    """Lead what is written to nowhere: a terminal that is gone refuses it, and would end the removal."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


class Interrupts:
    """Handles signals; one that is handled twice interrupts once."""

    def __init__(self, answer: Callable[[], None] = say_patience, hung_up: Callable[[], None] = nobody_reads) -> None:
        self._answer = answer
        self._hung_up = hung_up
        self._once = False

    def install(self) -> None:
        """Handle the signals from now on, but for those that are ignored, as by nohup."""
        for number in _SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self)

    def no_more(self) -> None:
        """Interrupt nothing from now on: things are removed."""
        self._once = True

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        """Take a signal.

        Raises:
            KeyboardInterrupt: it is the first.
        """
        if number == signal.SIGHUP:
            self._hung_up()
        if self._once:
            self._answer()
            return
        self._once = True
        raise KeyboardInterrupt
