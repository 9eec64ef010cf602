"""A server on loopback that behaves as badly as its script says; each connection runs one act."""

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
"""The plainest whole answer."""


@dataclass
class Peer:
    """The server's end of one connection."""

    raw: socket.socket
    server: "HostileServer"

    def request(self) -> bytes:
        """Read one request whole, count it, and return its body; b"" of a GET, and where the client has closed."""
        head = b""
        while b"\r\n\r\n" not in head:
            more = self.raw.recv(65_536)
            if not more:
                return b""
            head += more
        head, _, body = head.partition(b"\r\n\r\n")
        lengths = [int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        (length,) = lengths if head.startswith(b"POST ") else [0]
        while len(body) < length:
            more = self.raw.recv(65_536)
            if not more:
                return b""
            body += more
        self.server.bodies.append(body)
        return body

    def some(self, most: int = 1) -> bytes:
        """Read a few bytes of a request."""
        return self.raw.recv(most)

    def send(self, data: bytes) -> None:
        """Send it at once."""
        self.raw.sendall(data)

    def trickle(self, data: bytes, gap_s: float = 0.02) -> None:
        """Send it byte by byte."""
        for place in range(len(data)):
            self.raw.sendall(data[place : place + 1])
            time.sleep(gap_s)

    def for_ever(self, data: bytes, gap_s: float = 0.0) -> None:
        """Send it over and over until the client has had enough."""
        while not self.server.stopping.is_set():
            self.raw.sendall(data)
            time.sleep(gap_s)

    def wait(self, seconds: float) -> None:
        """Say nothing for a while, or until the server stops."""
        self.server.stopping.wait(seconds)

    def hang(self) -> None:
        """Say nothing any more."""
        self.server.stopping.wait(30)

    def reset(self) -> None:
        """End the connection with a reset."""
        self.raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.raw.close()

    def say_goodbye(self) -> None:
        """End a TLS connection properly."""
        assert isinstance(self.raw, ssl.SSLSocket)
        self.raw.unwrap()


Act = Callable[[Peer], None]
"""What a connection does; it is closed at the end of it."""


@dataclass
class HostileServer:
    """The server as the test sees it."""

    acts: list[Act]
    port: int = 0
    bodies: list[bytes] = field(default_factory=list)
    """Bodies of the requests that came whole, in order."""
    connections: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def endpoint(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}/"


def answering(*answers: bytes) -> Act:
    """Return an act that answers one request after the other with these, and the last one for ever."""

    def act(peer: Peer) -> None:
        for answer in answers:
            if not peer.request():
                return
            peer.send(answer)
        while peer.request():
            peer.send(answers[-1])

    return act


@contextlib.contextmanager
def hostile(*acts: Act, tls: ssl.SSLContext | None = None) -> Iterator[HostileServer]:
    """Run a server whose first connection does the first act, and so on; the last act is for all others."""
    server = HostileServer(list(acts))
    threads: list[threading.Thread] = []
    open_sockets: list[socket.socket] = []

    def serve(raw: socket.socket, act: Act) -> None:
        with contextlib.suppress(OSError):
            if tls is not None:
                raw = tls.wrap_socket(raw, server_side=True)
                open_sockets.append(raw)
            act(Peer(raw, server))
        with contextlib.suppress(OSError):
            raw.close()

    def accept(listener: socket.socket) -> None:
        while True:
            try:
                raw, _ = listener.accept()
            except OSError:
                return
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            open_sockets.append(raw)
            act = server.acts[min(server.connections, len(server.acts) - 1)]
            server.connections += 1
            thread = threading.Thread(target=serve, args=(raw, act), daemon=True)
            threads.append(thread)
            thread.start()

    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    server.port = listener.getsockname()[1]
    accepting = threading.Thread(target=accept, args=(listener,), daemon=True)
    accepting.start()
    try:
        yield server
    finally:
        server.stopping.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for raw in open_sockets:
            with contextlib.suppress(OSError):
                raw.shutdown(socket.SHUT_RDWR)
            raw.close()
        for thread in [accepting, *threads]:
            thread.join(5)
