"""Lambda's Runtime API, as far as AWS's runtime client asks for it: the next event, its answer, and errors.

Source: AWS Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes".
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, SimpleQueue
from typing import Any

TIMEOUT_MS = 840_000
"""What a function is told to have left: 14 minutes, the most that a Kafka mapping allows."""

LOOK_S = 0.5
"""Seconds between two looks at whether the function still lives."""

ARN = "arn:aws:lambda:us-east-1:123456789012:function:bench"


class FunctionFailedError(Exception):
    """The function did not start, ended, or raised."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The function's response; `seconds` from the first byte of the event on the wire to its last byte."""

    body: bytes
    seconds: float


class RuntimeApi:
    """One execution environment's API: one event at a time."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.events: SimpleQueue[tuple[int, bytes] | None] = SimpleQueue()
        self.answers: SimpleQueue[tuple[str, bytes, float]] = SimpleQueue()
        self.began = 0.0
        self._number = 0

    def invoke(self, event: bytes, lives: Callable[[], bool]) -> Answered:
        """Hand out an event and wait for its answer as long as the function `lives`.

        Raises:
            FunctionFailedError: there is none.
        """
        self._number += 1
        self.events.put((self._number, event))
        while True:
            try:
                kind, body, ended = self.answers.get(timeout=LOOK_S)
            except Empty:
                if not lives():
                    raise FunctionFailedError("The function's process ended; its log says why.") from None
                continue
            if kind != "response":
                raise FunctionFailedError(f"The function failed: {body[:2000].decode(errors='replace')}")
            return Answered(body, ended - self.began)


@contextmanager
def runtime_api() -> Iterator[RuntimeApi]:
    """Serve it on loopback for the length of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    api = RuntimeApi(f"127.0.0.1:{server.server_port}")
    server.api = api  # type: ignore[attr-defined]  # the handler gets the server and nothing else
    thread = threading.Thread(target=server.serve_forever, name="runtime-api", daemon=True)
    thread.start()
    try:
        yield api
    finally:
        api.events.put(None)
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def _api(self) -> RuntimeApi:
        api = self.server.api  # type: ignore[attr-defined]  # see runtime_api
        assert isinstance(api, RuntimeApi)  # noqa: S101 -- see runtime_api
        return api

    def do_GET(self) -> None:
        """`invocation/next`: wait for an event."""
        given = self._api.events.get()
        if given is None:
            self.close_connection = True
            return
        number, event = given
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", f"8f5a2c1e-7b3d-4e9a-9c1f-{number:012x}")
        self.send_header("Lambda-Runtime-Deadline-Ms", str(time.time_ns() // 1_000_000 + TIMEOUT_MS))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", ARN)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(event)))
        self._api.began = time.perf_counter()
        self.end_headers()
        self.wfile.write(event)

    def do_POST(self) -> None:
        """`invocation/<id>/response`, `invocation/<id>/error` or `init/error`."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._api.answers.put((self.path.rpartition("/")[2], body, time.perf_counter()))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Stay silent."""
