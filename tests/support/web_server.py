"""A small real HTTP server on loopback, scripted by the test."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext


@dataclass
class Request:
    """What one POST was; `connection` is the client's port, one for each connection."""

    path: str
    headers: dict[str, str]
    body: bytes
    connection: int


@dataclass
class Reply:
    """What to answer. `close` ends the connection after it, `announce` says so; `cut` ends it before any answer."""

    status: int = 200
    body: bytes = b"{}"
    close: bool = False
    announce: bool = False
    cut: bool = False
    short: bool = False


@dataclass
class Web:
    """The server as the test sees it: `script` is answered first, then 200 and `{}` for ever."""

    port: int = 0
    script: list[Reply] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    held: threading.Event = field(default_factory=threading.Event)
    closed: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def __post_init__(self) -> None:
        self.held.set()

    @property
    def endpoint(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def connections(self) -> int:
        """How many connections its requests came by."""
        return len({request.connection for request in self.requests})


@contextmanager
def serving(tls: SSLContext | None = None) -> Iterator[Web]:
    """Run the server on a free port; while `web.held` is cleared, it keeps its answers to itself."""
    web = Web()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            web.requests.append(Request(self.path, headers, body, self.client_address[1]))
            reply = web.script.pop(0) if web.script else Reply()
            web.held.wait(10)
            if not reply.cut:
                self.send_response(reply.status)
                self.send_header("content-length", str(len(reply.body) + reply.short))
                if reply.announce:
                    self.send_header("connection", "close")
                self.end_headers()
                self.wfile.write(reply.body)
            self.close_connection = reply.close or reply.cut or reply.short

        def finish(self) -> None:
            super().finish()
            self.connection.close()
            web.closed.release()

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, request: object, client_address: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    web.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield web
    finally:
        web.held.set()
        server.shutdown()
        thread.join()
        server.server_close()
