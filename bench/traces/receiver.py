"""A receiver of traces in a process of its own, which takes what it gets."""

import multiprocessing
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection


class Receiver:
    """The receiver, as its user sees it."""

    def __init__(self, pipe: Connection) -> None:
        self.endpoint = f"http://127.0.0.1:{pipe.recv()}"


@contextmanager
def received() -> Iterator[Receiver]:
    """Give a receiver for the length of the context."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Receiver(ours)
    finally:
        ours.close()
        process.join()


def _run(pipe: Connection) -> None:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    pipe.send(server.server_address[1])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        pipe.recv()
    except EOFError:  # the end of whoever started us
        server.server_close()
