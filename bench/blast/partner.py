"""The partner: an HTTP server on loopback that counts what it takes, and misbehaves when told to."""

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from types import TracebackType
from typing import Any, Self

from bench.blast.receipt import Receipt
from bench.blast.scenario import FLAP_S, SLOW_S, SLUGGISH_S, THROTTLE_PER_S, Mode
from bench.blast.table import ORDERED_CODES
from comboio.contract.unpack import read
from local import port as ports

ANSWERS_AFTER_S = {Mode.SLOW: SLOW_S, Mode.SLUGGISH: SLUGGISH_S}
"""Seconds that an answer takes; in other modes none."""

POISON_AFTER = 200
"""Messages taken before one is chosen to be the poison, so that it comes amid traffic."""

DOUBTFUL_S = 1.0
"""An answer later than this may not have been heard: whoever waited for it may have given up."""


class Partner:
    """Listens for the length of a `with` block."""

    def __init__(self) -> None:
        self.port = ports.free()
        self.receipts: list[Receipt] = []
        """Every message that it took, in order, repeats included."""
        self.refused = 0
        """POSTs answered 429 or 500."""
        self.poison_id = ""
        self._mode = Mode.BASELINE
        self._changed = threading.Event()
        self._lock = threading.Lock()
        self._tokens, self._filled_at = THROTTLE_PER_S, 0.0
        self._server: ThreadingHTTPServer | None = None
        self._connections: set[socket] = set()
        self._flapping: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where it takes POSTs."""
        return f"http://{ports.LOOPBACK}:{self.port}/messages"

    def behave(self, mode: Mode) -> None:
        """Change how it behaves; calls that wait for an answer get it."""
        self._changed.set()
        if self._flapping is not None:
            self._flapping.join()
            self._flapping = None
        self._changed = threading.Event()
        self._mode = mode
        if mode is Mode.DEAD:
            self._close()
        elif mode is Mode.FLAP:
            self._flapping = threading.Thread(target=self._flap, args=(self._changed,), daemon=True)
            self._flapping.start()
        else:
            self._open()

    def clear(self) -> None:
        """Forget what it took."""
        with self._lock:
            self.receipts, self.refused, self.poison_id = [], 0, ""

    def answer(self, body: bytes) -> tuple[int, Sequence[Receipt]]:
        """Return the status of a POST, and what was taken with it, after the time that the mode takes."""
        messages = [(message.id or "", message.message) for message in read(body)]
        changed, wait_s = self._changed, ANSWERS_AFTER_S.get(self._mode, 0.0)
        with self._lock:
            status = self._status(messages)
            taken = [] if status >= 300 else [Receipt.of(name, message, time.time()) for name, message in messages]
            self.receipts += taken
            self.refused += status >= 300
        if wait_s:
            changed.wait(wait_s)
        return status, taken

    def _status(self, messages: Sequence[tuple[str, Any]]) -> int:
        if self._mode is Mode.THROTTLE:
            now = time.monotonic()
            self._tokens = min(THROTTLE_PER_S, self._tokens + (now - self._filled_at) * THROTTLE_PER_S)
            self._filled_at = now
            if self._tokens <= 0:
                return 429
            self._tokens -= len(messages)  # a call larger than what is left is paid for by those after it
        elif self._mode is Mode.POISON:
            if not self.poison_id and len(self.receipts) >= POISON_AFTER:
                ordered = (name for name, message in messages if message["codigo"] in ORDERED_CODES)
                self.poison_id = next(ordered, "")
            if self.poison_id and any(name == self.poison_id for name, _ in messages):
                return 500
        return 200

    def _flap(self, changed: threading.Event) -> None:
        while True:
            self._close()
            if changed.wait(FLAP_S):
                return
            self._open()
            if changed.wait(FLAP_S):
                return

    def _open(self) -> None:
        if self._server is None:
            self._server = ThreadingHTTPServer((ports.LOOPBACK, self.port), self._handler())
            self._server.daemon_threads = True
            self._server.block_on_close = False
            threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def _close(self) -> None:
        """Stop listening, and cut every connection: kept ones would otherwise go on being served."""
        if self._server is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._server = None
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(SHUT_RDWR)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        partner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                with partner._lock:
                    partner._connections.add(self.request)
                super().setup()

            def finish(self) -> None:
                with partner._lock:
                    partner._connections.discard(self.request)
                with suppress(OSError):
                    super().finish()

            def do_POST(self) -> None:
                taken: Sequence[Receipt] = ()
                try:
                    body = self.rfile.read(int(self.headers["content-length"]))
                    began = time.monotonic()
                    status, taken = partner.answer(body)
                    self.send_response(status)
                    self.send_header("content-length", "0")
                    self.end_headers()
                    heard = time.monotonic() - began < DOUBTFUL_S
                except (OSError, ValueError):  # the connection was cut on the way
                    heard, self.close_connection = False, True
                if not heard:
                    for receipt in taken:
                        receipt.doubtful = True

            def log_message(self, *_: Any) -> None:
                """Stay quiet."""

        return Handler

    def __enter__(self) -> Self:
        self._open()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.behave(Mode.DEAD)
