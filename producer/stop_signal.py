"""Stopping on SIGTERM and SIGINT: the first one asks for an orderly end, the second one ends at once."""

import os
import signal
from threading import Event, Thread

_SIGNALS = {signal.SIGTERM, signal.SIGINT}


def stop_on_signals(stop: Event) -> None:
    """Sets `stop` at the first signal. To be called in the main thread before any other thread starts.

    A thread waits for the signals instead of a handler: a handler runs in the midst of whatever the main thread
    does, and would wait for ever for a lock of `stop` that this thread itself holds.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)

    def wait() -> None:
        signal.sigwait(_SIGNALS)
        stop.set()
        os._exit(128 + signal.sigwait(_SIGNALS))

    Thread(target=wait, name="signals", daemon=True).start()
