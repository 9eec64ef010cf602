"""Whether the service is well, over HTTP: `/health` answers 200 or 503, with the reason and the last statistics."""

import json
import logging
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

GRACE_S = 60.0
"""Seconds that one turn of the loop may take beyond the wait of a rebalance, before the service counts as stuck."""


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


def serve_health(health: Health, host: str, port: int, log: logging.Logger) -> ThreadingHTTPServer:
    """Start the endpoint in a thread of its own; `shutdown` and `server_close` end it.

    Raises:
        OSError: the address is taken, or does not exist.
    """

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

    server = ThreadingHTTPServer((host, port), Answers)
    server.daemon_threads = True
    Thread(target=server.serve_forever, name="health", daemon=True).start()
    log.info("health at http://%s:%d/health", host, server.server_port)
    return server
