"""A destination of the demo that dies for a third of the run: a webhook on loopback, with a port of its own."""

import json
import os
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from comboio.routing.table import DEFAULT_TABLE, RoutingError, load_file
from local.errors import LocalError

CODIGOS = "320-329"
"""What goes to the partner: of mt-c400, about a tenth of the traffic."""

ROUTE = """
[destinations.partner]     # dies for a third of the run
type = "webhook"
target = "{url}"

[[routes]]
name = "partner"
topics = ["mt-c400"]
codigos = ["{codigos}"]
to = ["partner"]
ordering = "key"

[[routes]]"""


class Call(NamedTuple):
    """A message that the partner was sent."""

    event_id: str
    key: str
    """What must stay in order: codigo and truck."""
    identity: str
    """The record's id."""
    at_ms: int

    @property
    def timestamp(self) -> int:
        """The record's, which stands in its id (epoch ms)."""
        return int(self.identity.rpartition("@")[2])


class Listener(ThreadingHTTPServer):
    """A server whose callers may leave when they like."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a caller that was killed or whose connection went: the run's report says what arrived."""


class Partner:
    """Answers while it is well; while it is down its port is closed, and connections are refused."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.down_ms: list[int] = []
        """When it died and when it was well again (epoch ms), in turns."""
        self._lock = threading.Lock()
        self._port = 0
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._port}/telemetry"

    def recover(self) -> None:
        """Listen again, on the same port."""
        partner = self

        class Receiver(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                partner.take(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                """Say nothing: the report does."""

        self._server = Listener(("127.0.0.1", self._port), Receiver)
        self._port = self._server.server_address[1]
        if self.down_ms:
            self.down_ms.append(time.time_ns() // 1_000_000)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def die(self) -> None:
        """Close the port; connections that are open are closed with their next answer."""
        if self._server is not None:
            self.down_ms.append(time.time_ns() // 1_000_000)
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def take(self, body: bytes) -> None:
        """Keep the messages of a call."""
        now = time.time_ns() // 1_000_000
        found = [
            Call(
                entry["message"]["event_id"],
                f"{entry['message']['codigo']}:{entry['message']['truck_id']}",
                entry["id"],
                now,
            )
            for entry in json.loads(body)
        ]
        with self._lock:
            self.calls += found

    def out_of_order(self) -> int:
        """Return the messages that came, the first time, after a later one of their key and partition."""
        latest: dict[tuple[str, str], int] = {}
        seen: set[str] = set()
        wrong = 0
        for call in self.calls:
            if call.identity in seen:
                continue
            seen.add(call.identity)
            partition, _, place = call.identity.rpartition(":")
            offset = int(place.partition("@")[0])
            key = (partition, call.key)
            wrong += offset < latest.get(key, -1)
            latest[key] = max(latest.get(key, -1), offset)
        return wrong

    def __enter__(self) -> Self:
        self.recover()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.die()


def with_partner(url: str, environ: Mapping[str, str]) -> str:
    """Return the routing table of the run with the partner's route before all others.

    The table is the default one, or DISPATCHER_ROUTES_FILE of this process; `environ` is the function's.

    Raises:
        LocalError: the table is wrong, or has no route to put the partner's before.
    """
    path = Path(os.environ.get("DISPATCHER_ROUTES_FILE") or DEFAULT_TABLE)
    try:
        load_file(path, environ)
    except RoutingError as error:
        raise LocalError(str(error)) from None
    before, first, after = path.read_text(encoding="utf-8").partition("\n[[routes]]")
    if not first:
        raise LocalError(f"The routing table {path} has no route to put the partner's before.")
    return f"{before}{ROUTE.format(url=url, codigos=CODIGOS)}{after}"
