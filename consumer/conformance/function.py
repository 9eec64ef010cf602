"""The function that a mapping under test invokes: Lambda's Invoke over HTTP, answering as the situation says."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from consumer.conformance.situation import Event, Reply, Situation, positions

PATH = re.compile(r"/2015-03-31/functions/(?P<name>[^/]+)/(?P<rest>invocations|configuration)")


NO_EVENT = Reply({"errorMessage": "this is not an event of Kafka", "errorType": "ValueError"}, failed=True)
"""Of an event that cannot be read: its records never come, and the rows that look for them fail."""


class Functions:
    """One function for each situation, by its name; keeps the events that each gets."""

    def __init__(self, situations: list[Situation]) -> None:
        self._situations = {each.name: each for each in situations}
        self._events: dict[str, list[Event]] = {name: [] for name in self._situations}
        self._lock = Lock()

    def events(self, name: str) -> list[Event]:
        """Return the events that a function got, in their order."""
        with self._lock:
            return list(self._events[name])

    def invoke(self, name: str, body: bytes) -> Reply:
        """Answer an invocation."""
        try:
            event: Event = json.loads(body)
            batch = positions(event)
        except (ValueError, LookupError, TypeError, AttributeError):
            return NO_EVENT
        with self._lock:
            earlier = [positions(each) for each in self._events[name]]
            self._events[name].append(event)
        return self._situations[name].reply(earlier, batch)

    def __contains__(self, name: object) -> bool:
        return name in self._situations


@contextmanager
def serve(functions: Functions, host: str, port: int) -> Iterator[str]:
    """Serve functions for the length of the block; give the endpoint's URL.

    Raises:
        OSError: the address is taken, or not of this machine.
    """
    server = ThreadingHTTPServer((host, port), _answers(functions))
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, name="functions", daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _answers(functions: Functions) -> type[BaseHTTPRequestHandler]:
    class Answers(BaseHTTPRequestHandler):
        """Answers Invoke and GetFunctionConfiguration."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Say that the function exists."""
            found = self._function()
            if found is not None:
                self._send(200, {"FunctionName": found, "Runtime": "provided"}, {})

        def do_POST(self) -> None:
            """Invoke."""
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            found = self._function()
            if found is None:
                return
            reply = functions.invoke(found, body)
            headers = {"X-Amz-Function-Error": "Unhandled"} if reply.failed else {}
            if reply.status == 429:
                headers["X-Amzn-ErrorType"] = "TooManyRequestsException"
            self._send(reply.status, reply.body, headers)

        def _function(self) -> str | None:
            found = PATH.match(self.path)
            if found is not None and found["name"] in functions:
                return found["name"]
            self._send(404, {"Message": "no such function"}, {"X-Amzn-ErrorType": "ResourceNotFoundException"})
            return None

        def _send(self, status: int, content: Any, headers: dict[str, str]) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Type": "application/json", "Content-Length": len(body)}.items():
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Answers
