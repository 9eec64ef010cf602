"""A POST that nobody waits for, on connected sockets; hostile servers are met in the integration tests."""

import select
import socket
from collections.abc import Iterator

import pytest

from comboio.aws.begun import Begun
from comboio.aws.connection import Connection, Deadline
from comboio.errors import ServiceError

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


class Line:
    """A connection whose other end the test has."""

    def __init__(self) -> None:
        self.ours, self.peer = socket.socketpair()
        self.now = 0.0
        self.kept: list[Connection] = []

    def begin(self, data: bytes, timeout_s: float = 5.0) -> Begun:
        """Begin a request."""
        deadline = Deadline(timeout_s, lambda: self.now)
        return Begun(Connection(self.ours), data, deadline, self.kept.append, lambda error: ServiceError(repr(error)))


@pytest.fixture
def line() -> Iterator[Line]:
    """Give a connection."""
    made = Line()
    yield made
    made.ours.close()
    made.peer.close()


def test_an_answer_is_taken_as_it_comes(line: Line) -> None:
    """However an answer is cut into pieces, it is over with the last byte and not before, and nothing waits."""
    begun = line.begin(b"POST")
    assert line.peer.recv(100) == b"POST" and begun.events == select.POLLIN
    for place in range(len(OK)):
        assert not begun.go_on()
        with pytest.raises(ServiceError):
            begun.answer()
        line.peer.send(OK[place : place + 1])
    assert begun.go_on() and begun.go_on()
    assert (begun.answer().status, begun.answer().body) == (200, b"{}")
    assert len(line.kept) == 1


def test_a_request_that_does_not_fit_goes_on_when_there_is_room(line: Line) -> None:
    """A request larger than what the connection takes at once arrives whole and in order, and then its answer."""
    line.ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
    data = bytes(range(256)) * 400
    begun = line.begin(data)
    assert begun.events == select.POLLIN | select.POLLOUT
    got = b""
    while len(got) < len(data):
        got += line.peer.recv(1_000)
        assert not begun.go_on()
    assert got == data and begun.events == select.POLLIN
    line.peer.send(OK)
    select.select([line.ours], [], [], 5)
    assert begun.go_on() and begun.answer().status == 200


@pytest.mark.robustness("an answer before the request was sent whole")
@pytest.mark.parametrize(("status", "taken"), [(b"200", False), (b"413", True)])
def test_success_before_the_request_is_there_proves_nothing(line: Line, status: bytes, taken: bool) -> None:
    """An error may answer a part of a request, a success cannot; either way the connection is not used again."""
    line.ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
    begun = line.begin(b"x" * 1_000_000)
    line.peer.send(OK.replace(b"200", status))
    assert begun.go_on()
    if taken:
        assert begun.answer().status == 413
    else:
        with pytest.raises(ServiceError, match="before it had the whole request"):
            begun.answer()
    assert line.kept == [] and line.ours.fileno() == -1


def test_one_that_is_given_up_says_why(line: Line) -> None:
    """Without an answer there is the reason, the first that was given, and the connection is closed."""
    begun = line.begin(b"POST")
    line.now = 6.0
    assert begun.left_s() == 0
    begun.give_up(TimeoutError("late"))
    begun.give_up(TimeoutError("later"))
    with pytest.raises(ServiceError, match="late'"):
        begun.answer()
    assert begun.go_on() and line.kept == [] and line.ours.fileno() == -1
