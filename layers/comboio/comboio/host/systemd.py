"""Tells systemd that the service is ready, alive or stopping (the sd_notify protocol); nothing without systemd."""

import faulthandler
import os
import socket
from collections.abc import Callable, Mapping

EVERY = 0.25
"""Share of the watchdog's time between two signs of life: three may be late before systemd acts."""

_STANDARD_ERROR = 2


def tell_where_it_stands() -> None:
    """Have the log say where the main thread stands when the watchdog ends the process, which it does by SIGABRT.

    That thread gets the signal. The others run on meanwhile, so that to read their frames may end in a crash.
    """
    faulthandler.enable(_STANDARD_ERROR, all_threads=False)


class SystemdNotifier:
    """Sends notifications to the socket that systemd names in the environment."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "").replace("@", "\0", 1)
        self._interval_s = int(environ.get("WATCHDOG_USEC", "0")) / 1e6 * EVERY
        self._told_at = float("-inf")

    def ready(self) -> None:
        """Tell that Kafka has answered and work begins."""
        self._notify("READY=1")

    def stopping(self) -> None:
        """Tell that the end has begun."""
        self._notify("STOPPING=1")

    def alive(self, clock: Callable[[], float]) -> None:
        """Tell that the main loop runs; to be called often, it tells as often as the watchdog needs."""
        if self._interval_s and (now := clock()) - self._told_at >= self._interval_s:
            self._told_at = now
            self._notify("WATCHDOG=1")

    def _notify(self, state: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                out.sendto(state.encode(), self._address)
        except OSError:
            return
