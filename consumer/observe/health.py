"""Whether the service is well, over HTTP: `/health` answers 200 or 503, with the reason and the last statistics."""

import errno
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

GRACE_S = 60.0
"""Seconds that one turn of the loop may take beyond the wait of a rebalance, before the service counts as stuck."""

RETRY_S = 5.0
"""Seconds between two attempts to open a port that is taken, such as by the process that this one replaces."""


class Health:
    """What the loop tells of itself. Any thread may ask."""

    def __init__(self, longest_turn_s: float, clock: Callable[[], float]) -> None:
        self._longest_turn_s = longest_turn_s
        self._clock = clock
        self._turned_at = clock()
        self._line: Mapping[str, Any] = {}
        self._failure = ""

    def alive(self) -> None:
        """Note that the loop goes round."""
        self._turned_at = self._clock()

    def write(self, line: Mapping[str, Any]) -> None:
        """Keep a line of statistics."""
        self._line = line

    def failed(self, why: str) -> None:
        """Note that the service ends, and why."""
        self._failure = why

    def status(self) -> tuple[bool, dict[str, Any]]:
        """Return whether the service is well, and what to say of it."""
        idle_s = self._clock() - self._turned_at
        why = self._failure
        if not why and idle_s > self._longest_turn_s:
            why = f"the loop has been stuck for {idle_s:.0f} s"
        return not why, {"healthy": not why, "reason": why or "ok", "statistics": dict(self._line)}


@contextmanager
def serve_health(
    health: Health, host: str, port: int, log: logging.Logger, retry_s: float = RETRY_S
) -> Iterator[Callable[[], int]]:
    """Serve the endpoint for the length of the block; give what returns its port, which is 0 as long as it is taken.

    Raises:
        OSError: the address does not exist, or may not be used.
    """
    stop = Event()
    servers: list[ThreadingHTTPServer] = []

    def opened() -> bool:
        try:
            server = ThreadingHTTPServer((host, port), _answers(health))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return False
        server.daemon_threads = True
        servers.append(server)
        log.info("health at http://%s:%d/health", host, server.server_port)
        return True

    def serve() -> None:
        while not servers:
            if stop.wait(retry_s):
                return
            opened()
        servers[0].serve_forever()

    if not opened():
        log.warning("the health port %d is taken: it is tried again every %g s", port, retry_s)
    thread = Thread(target=serve, name="health", daemon=True)
    thread.start()
    try:
        yield lambda: servers[0].server_port if servers else 0
    finally:
        stop.set()
        if servers:
            servers[0].shutdown()
            servers[0].server_close()


def _answers(health: Health) -> type[BaseHTTPRequestHandler]:
    class Answers(BaseHTTPRequestHandler):
        """Answers /health."""

        timeout = 10

        def do_GET(self) -> None:
            """Answer a request."""
            if self.path.partition("?")[0] != "/health":
                self.send_error(404)
                return
            well, said = health.status()
            body = json.dumps(said).encode()
            self.send_response(200 if well else 503)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Leave requests out of the log."""

    return Answers
