"""Signals: SIGTERM and SIGINT ask for an orderly end, the second one ends at once; SIGHUP asks to read rates anew."""

import os
import signal
from threading import Event, Thread

STOP = {signal.SIGTERM, signal.SIGINT}
"""The signals that ask for an orderly end."""


def heed_signals(stop: Event, reload: Event) -> None:
    """Set `stop` at the first SIGTERM or SIGINT and `reload` at each SIGHUP.

    To be called in the main thread before any other thread starts. A thread waits for the signals instead of a
    handler: a handler runs in the midst of whatever the main thread does, and would wait for ever for a lock of
    an event that this thread itself holds.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP | {signal.SIGHUP})

    def wait() -> None:
        while True:
            number = signal.sigwait(STOP | {signal.SIGHUP})
            if number == signal.SIGHUP:
                reload.set()
            elif stop.is_set():
                os._exit(128 + number)
            else:
                stop.set()

    Thread(target=wait, name="signals", daemon=True).start()
