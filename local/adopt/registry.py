"""A schema registry in memory, as Confluent's answers: `GET /schemas/ids/{id}`, compiled where that is asked for."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType

from local.port import LOOPBACK


@contextmanager
def registry(schemas: Mapping[int, str], compiled: Mapping[int, str] = MappingProxyType({})) -> Iterator[str]:
    """Serve schemas by their ids on a free loopback port, for the length of the block; yields the address."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            place, _, name = path.rpartition("/")
            served = compiled if query == "format=serialized" else schemas
            known = place == "/schemas/ids" and name.isdecimal() and int(name) in served
            body = json.dumps({"schema": served[int(name)]} if known else {"error_code": 40403}).encode()
            self.send_response(200 if known else 404)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((LOOPBACK, 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
