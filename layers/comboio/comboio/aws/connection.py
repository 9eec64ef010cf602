"""A connection on which no call can last longer than its deadline, however slowly the other side speaks.

Python's own timeouts bound each read and each write; a byte from time to time then holds a call for ever. Here every
operation gets what is left of the call's time.
"""

import select
import socket
import ssl
import threading
from collections.abc import Callable
from functools import cache
from queue import Empty, SimpleQueue

from comboio.errors import ConfigurationError

Address = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[object, ...]]
"""One of `socket.getaddrinfo`'s results."""

Resolve = Callable[[str, int], list[Address]]
"""Finds the addresses of a host and port; raises OSError."""


def look_up(host: str, port: int) -> list[Address]:
    """Ask the system for the addresses of a host; it may take as long as the system lets it."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)  # type: ignore[return-value]  # its tuples differ


class Deadline:
    """The end of a call, in seconds of `clock`."""

    def __init__(self, timeout_s: float, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._ends = clock() + timeout_s

    def left(self) -> float:
        """Return the seconds that are left.

        Raises:
            TimeoutError: none are.
        """
        left = self._ends - self._clock()
        if left <= 0:
            raise TimeoutError("the call's time is used up")
        return left


_WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Connection:
    """One connection, plain or TLS."""

    def __init__(self, raw: socket.socket) -> None:
        self._socket = raw
        self._tls = isinstance(raw, ssl.SSLSocket)

    def send(self, data: bytes, deadline: Deadline) -> None:
        """Send all of it; raise OSError where that fails or takes too long."""
        rest = memoryview(data)
        while rest:
            self._socket.settimeout(deadline.left())
            rest = rest[self._socket.send(rest) :]

    def receive(self, most: int, deadline: Deadline) -> bytes:
        """Return some bytes, none at the end; a TLS connection that just stops has no end, and raises OSError."""
        self._socket.settimeout(deadline.left())
        return self._socket.recv(most)

    def fileno(self) -> int:
        """Return what the system knows it by, for whoever polls."""
        return self._socket.fileno()

    def send_now(self, data: memoryview) -> int:
        """Send what can be sent without waiting, and return how many bytes that were; raise OSError where it fails."""
        self._make_non_blocking()
        try:
            return self._socket.send(data)
        except _WOULD_BLOCK:
            return 0

    def receive_now(self, most: int) -> bytes | None:
        """Return some bytes that have come, or None where none have; else see `receive`."""
        self._make_non_blocking()
        try:
            return self._socket.recv(most)
        except _WOULD_BLOCK:
            return None

    def _make_non_blocking(self) -> None:
        if self._socket.gettimeout() != 0.0:  # to set it asks the system, which thousands of calls a second need not
            self._socket.settimeout(0.0)

    def has_something(self) -> bool:
        """Return whether bytes or the end are waiting to be read; on an idle connection neither belongs there."""
        if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            return True
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return bool(poll.poll(0))

    def start_tls(self, context: ssl.SSLContext, name: str, deadline: Deadline) -> "Connection":
        """Return the connection with TLS around it; raise OSError where the handshake fails or takes too long."""
        try:
            self._socket.settimeout(deadline.left())
            return Connection(context.wrap_socket(self._socket, server_hostname=name, suppress_ragged_eofs=False))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close it, without a word to the other side."""
        self._socket.close()


class CertificateFileError(ConfigurationError):
    """The file of certificates that is to be trusted cannot be read."""


def open_connection(host: str, port: int, deadline: Deadline, resolve: Resolve = look_up) -> Connection:
    """Connect to the first address of the host that answers.

    Raises:
        OSError: none does, or not in time.
    """
    failure: OSError = OSError(f"{host} has no address")
    addresses = _resolved(host, port, deadline, resolve)
    for untried, (family, kind, protocol, _, address) in zip(range(len(addresses), 0, -1), addresses, strict=True):
        raw = socket.socket(family, kind, protocol)
        try:
            raw.settimeout(deadline.left() / untried)
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            raw.connect(address)
        except OSError as error:
            raw.close()
            failure = error
        else:
            return Connection(raw)
    raise failure


@cache
def system_trust() -> ssl.SSLContext:
    """Return whom the system trusts over TLS; reading the certificates takes 20 ms, so all connections share it."""
    return ssl.create_default_context()


@cache
def trust_in(file: str) -> ssl.SSLContext:
    """Return a trust in the certificates of a file, and in no others.

    Raises:
        CertificateFileError: it has none that can be read.
    """
    try:
        return ssl.create_default_context(cafile=file)
    except (OSError, ssl.SSLError) as error:
        raise CertificateFileError(
            f"AWS_CA_BUNDLE: {file!r} has no certificates that can be read ({type(error).__name__}). Give the path of "
            "a PEM file, or leave the variable out to trust what the system trusts."
        ) from None


def _resolved(host: str, port: int, deadline: Deadline, resolve: Resolve) -> list[Address]:
    """Return the host's addresses; a resolver takes no timeout, so one that hangs is left behind in its thread."""
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)  # type: ignore[return-value]
    except (OSError, UnicodeError):
        pass  # a name, or something that can be none
    found: SimpleQueue[list[Address] | OSError | UnicodeError] = SimpleQueue()

    def look() -> None:
        try:
            found.put(resolve(host, port))
        except (OSError, UnicodeError) as error:
            found.put(error)

    threading.Thread(target=look, name="resolve", daemon=True).start()
    try:
        result = found.get(timeout=deadline.left())
    except Empty:
        raise TimeoutError(f"the address of {host} was not found in time") from None
    if isinstance(result, list):
        return result
    raise OSError(f"the address of {host} was not found: {result}")
