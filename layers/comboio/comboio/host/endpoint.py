"""Serves pages of a service, such as `/health` and `/metrics`, on a port of its own; nobody who asks can harm it."""

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Event, Thread

from comboio.host.page import Page

RETRY_S = 5.0
"""Seconds between two attempts to open a port that is taken: a process that is being replaced frees it in that time."""

_CLIENT_S = 10.0
"""Seconds that a client may take for its request: Prometheus gives up a scrape after ten by default."""


@contextmanager
def serving(
    host: str,
    port: int,
    pages: Mapping[str, Callable[[], Page]],
    opened: Callable[[int], None],
    refused: Callable[[OSError], None],
    retry_s: float = RETRY_S,
) -> Iterator[Callable[[], int]]:
    """Answer GET for the length of the block; give what returns the port, which is 0 as long as it is not open.

    A page is made for each request, in a thread of its own. A port that cannot be opened is told to `refused`, and
    tried again every `retry_s` seconds, unless `refused` raises.
    """
    stop = Event()
    servers: list[ThreadingHTTPServer] = []

    def open_port() -> None:
        try:
            server = _Server((host, port), _handler(pages))
        except OSError as error:
            refused(error)
        else:
            servers.append(server)
            opened(server.server_port)

    def serve() -> None:
        while not servers:
            if stop.wait(retry_s):
                return
            open_port()
        servers[0].serve_forever()

    open_port()
    thread = Thread(target=serve, name="endpoint", daemon=True)
    thread.start()
    try:
        yield lambda: servers[0].server_port if servers else 0
    finally:
        stop.set()
        if servers:
            servers[0].shutdown()
            servers[0].server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        """Listen on an address of IPv4 or IPv6, as it is written."""
        self.address_family = socket.getaddrinfo(*address, type=socket.SOCK_STREAM)[0][0]
        super().__init__(address, handler)

    def server_bind(self) -> None:
        """Take the address, and look up no name for it: a name server that is away would hold up the service."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """Log nothing: a client that disconnects early harms nobody."""


def _handler(pages: Mapping[str, Callable[[], Page]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _CLIENT_S

        def do_GET(self) -> None:
            make = pages.get(self.path.partition("?")[0])
            if make is None:
                self.send_error(404)
                return
            page = make()
            self.send_response(page.status)
            self.send_header("Content-Type", page.content_type)
            self.send_header("Content-Length", str(len(page.body)))
            self.end_headers()
            self.wfile.write(page.body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Log nothing: a scrape is not worth a line."""

    return Handler
