"""What each call of a connection does with its socket: all of it, in time, and without waiting where it may not."""

import socket
import ssl
from collections.abc import Iterator

import pytest

from comboio.aws.connection import Address, Connection, Deadline, look_up, system_trust
from comboio.aws.http import KeptConnections, UnreachableError


class Slow(socket.socket):
    """A socket that takes two bytes at a time, a second each; remembers its timeouts."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 100.0
        self.timeouts: list[float | None] = []
        self.took = b""

    def settimeout(self, value: float | None) -> None:
        """Remember it."""
        self.timeouts.append(value)

    def send(self, data: object, *_: object) -> int:
        """Take a part."""
        part = bytes(data)[:2]  # type: ignore[call-overload]  # a buffer
        self.took += part
        self.now += 1.0
        return len(part)

    def recv(self, most: int, *_: object) -> bytes:
        """Give a part."""
        self.now += 1.0
        return b"abcdef"[:most]


@pytest.fixture
def slow() -> Iterator[Slow]:
    """Give a slow socket."""
    with Slow() as made:
        yield made


@pytest.fixture
def pair() -> Iterator[tuple[Connection, socket.socket]]:
    """Give a connection and its other end."""
    ours, peer = socket.socketpair()
    with ours, peer:
        yield Connection(ours), peer


def test_all_is_sent_and_each_part_has_what_is_left_of_the_time(slow: Slow) -> None:
    """A socket that takes a little from time to time does not make a call longer."""
    Connection(slow).send(b"12345", Deadline(4.0, lambda: slow.now))
    assert (slow.took, slow.timeouts) == (b"12345", [4.0, 3.0, 2.0])
    with pytest.raises(TimeoutError):
        Connection(slow).send(b"12345", Deadline(2.0, lambda: slow.now))
    assert slow.took == b"123451234"


def test_what_is_received_has_what_is_left_of_the_time(slow: Slow) -> None:
    """No more bytes than were asked for."""
    deadline = Deadline(1.5, lambda: slow.now)
    assert [Connection(slow).receive(most, deadline) for most in (4, 2)] == [b"abcd", b"ab"]
    assert slow.timeouts == [1.5, 0.5]


def test_what_goes_at_once_is_sent_and_the_rest_is_not_waited_for(pair: tuple[Connection, socket.socket]) -> None:
    """Where the other side takes nothing any more, none are sent."""
    connection, peer = pair
    assert connection.send_now(memoryview(b"12345")) == 5 and peer.recv(9) == b"12345"
    data = memoryview(bytes(1 << 20))
    while connection.send_now(data):
        pass
    peer.close()
    with pytest.raises(OSError, match="pipe"):
        connection.send_now(data)


def test_what_has_come_is_received_and_the_rest_is_not_waited_for(pair: tuple[Connection, socket.socket]) -> None:
    """Nothing, some bytes, and the end are three things."""
    connection, peer = pair
    assert connection.receive_now(9) is None
    peer.send(b"12345")
    assert (connection.receive_now(3), connection.receive_now(9), connection.receive_now(9)) == (b"123", b"45", None)
    peer.close()
    assert connection.receive_now(9) == b""


def test_an_idle_connection_has_something_where_bytes_or_the_end_wait(pair: tuple[Connection, socket.socket]) -> None:
    """Neither belongs there."""
    connection, peer = pair
    assert connection.has_something() is False
    peer.send(b"1")
    assert connection.has_something() is True
    assert connection.receive_now(9) == b"1" and connection.has_something() is False
    peer.close()
    assert connection.has_something() is True


class Tls(ssl.SSLSocket):
    """A TLS socket that has read `ahead` bytes of the wire, on which there are none."""

    raw: socket.socket
    ahead = 0

    def pending(self) -> int:
        """See SSLSocket."""
        return self.ahead

    def fileno(self) -> int:
        """See SSLSocket."""
        return self.raw.fileno()


def test_what_tls_has_read_ahead_is_something(pair: tuple[Connection, socket.socket]) -> None:
    """It has left the wire, where nobody would see it any more."""
    made = Tls.__new__(Tls)
    ours, _ = socket.socketpair()
    made.raw = ours
    connection = Connection(made)
    assert connection.has_something() is False
    made.ahead = 3
    assert connection.has_something() is True
    ours.close()


def test_a_connection_is_polled_by_its_socket_and_closes_it(pair: tuple[Connection, socket.socket]) -> None:
    """The other side sees the end."""
    connection, peer = pair
    assert connection.fileno() == connection._socket.fileno() >= 0
    connection.close()
    assert connection.fileno() == -1 and peer.recv(9) == b""


class Context:
    """A TLS context that is not one: its handshake ends as it is told."""

    def __init__(self, end: socket.socket | BaseException) -> None:
        self.end = end
        self.asked: list[tuple[socket.socket, str, bool]] = []

    def wrap_socket(self, raw: socket.socket, *, server_hostname: str, suppress_ragged_eofs: bool) -> socket.socket:
        """See SSLContext."""
        self.asked.append((raw, server_hostname, suppress_ragged_eofs))
        if isinstance(self.end, BaseException):
            raise self.end
        return self.end


def test_tls_has_what_is_left_of_the_time_and_tells_an_end_from_a_break(slow: Slow) -> None:
    """The name is checked, and a connection that just stops is no end: an answer that is cut off must not pass."""
    context = Context(slow)
    made = Connection(slow).start_tls(context, "name.example", Deadline(3.0, lambda: slow.now))  # type: ignore[arg-type]  # a fake
    assert made.fileno() == slow.fileno() and slow.timeouts == [3.0]
    assert context.asked == [(slow, "name.example", False)]


@pytest.mark.parametrize("error", [ssl.SSLError("no"), KeyboardInterrupt()])
def test_a_handshake_that_fails_leaves_no_socket(slow: Slow, error: BaseException) -> None:
    """However it ends."""
    with pytest.raises(type(error)):
        Connection(slow).start_tls(Context(error), "name.example", Deadline(3.0, lambda: slow.now))  # type: ignore[arg-type]  # a fake
    assert slow.fileno() == -1


def test_the_system_is_asked_for_addresses_of_streams() -> None:
    """Each address once, with its port."""
    assert look_up("127.0.0.1", 80) == [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))]


def test_whom_the_system_trusts_must_prove_their_name() -> None:
    """One context for all connections."""
    context = system_trust()
    assert context.check_hostname and context.verify_mode is ssl.CERT_REQUIRED and system_trust() is context


@pytest.mark.parametrize("error", [OSError("no such name"), UnicodeError("no such name")])
def test_why_a_name_was_not_found_is_told(error: Exception) -> None:
    """At once, and not when the time is over."""

    def resolve(host: str, port: int) -> list[Address]:
        raise error

    with pytest.raises(UnreachableError, match="no such name"):
        KeptConnections("http://name.example", 1.0, resolve=resolve).post({}, b"")
