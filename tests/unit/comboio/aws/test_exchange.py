"""What is sent of a request, byte for byte, and what an answer to a part of one means."""

from collections.abc import Callable
from typing import Any

import pytest

from comboio.aws.connection import Deadline
from comboio.aws.exchange import Request, lean_exchange

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
TOO_LARGE = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"
BAD = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"


class Peer:
    """A connection that takes what `takes` lets through, and answers."""

    def __init__(self, answer: bytes, takes: Callable[[], None] = lambda: None) -> None:
        self.sent, self._answer, self._takes = b"", answer, takes

    def send(self, data: bytes, deadline: Deadline) -> None:
        """See Connection."""
        self._takes()
        self.sent += data

    def receive(self, most: int, deadline: Deadline) -> bytes:
        """See Connection."""
        answer, self._answer = self._answer[:most], self._answer[most:]
        return answer


def exchange(peer: Any, request: Request) -> tuple[int, bytes, bool]:
    """Return the answer's status and body, and whether the connection can be used again."""
    answer, keep = lean_exchange(peer, request, Deadline(9.0, lambda: 0.0))
    return answer.status, answer.body, keep


def test_a_post_is_written_as_http_has_it() -> None:
    """One host header, the body's own length, and no coding that would have to be undone."""
    peer = Peer(OK)
    assert exchange(peer, Request("h:8000", "/in?v=1", {"x-id": "7"}, b"body")) == (200, b"hi", True)
    assert peer.sent == (
        b"POST /in?v=1 HTTP/1.1\r\nhost: h:8000\r\nx-id: 7\r\n"
        b"accept-encoding: identity\r\ncontent-length: 4\r\n\r\nbody"
    )


def test_a_header_of_the_host_is_not_written_twice() -> None:
    """What was signed as the host is the host."""
    peer = Peer(OK)
    exchange(peer, Request("h", "/", {"host": "signed"}))
    assert peer.sent == (b"POST / HTTP/1.1\r\nhost: signed\r\naccept-encoding: identity\r\ncontent-length: 0\r\n\r\n")


def test_a_get_has_no_body_and_no_length() -> None:
    """Some servers take a length for a body that they wait for."""
    peer = Peer(OK)
    exchange(peer, Request("h", "/latest", {}, method="GET"))
    assert peer.sent == b"GET /latest HTTP/1.1\r\nhost: h\r\naccept-encoding: identity\r\n\r\n"


@pytest.mark.robustness("line breaks in headers")
@pytest.mark.parametrize("value", ["a\r\nx: y", "a\ny", "a\r", "\r\n"])
def test_a_line_break_is_an_error_before_anything_is_sent(value: str) -> None:
    """In a value, a name or the path."""
    for request in (
        Request("h", "/", {"x": value}),
        Request("h", "/", {f"x{value}": "1"}),
        Request("h", f"/{value}", {}),
    ):
        peer = Peer(OK)
        with pytest.raises(ValueError, match="line break"):
            exchange(peer, request)
        assert peer.sent == b""


def broken() -> None:
    """Take only a part."""
    raise ConnectionResetError("reset")


@pytest.mark.robustness("an answer before the request was sent whole")
@pytest.mark.parametrize(("answer", "status"), [(TOO_LARGE, 413), (BAD, 400), (OK, 0), (b"", 0), (OK[:20], 0)])
def test_only_an_error_answers_a_request_that_was_not_sent_whole(answer: bytes, status: int) -> None:
    """From 400 on it may be the reason; a success, or no whole answer, proves nothing. The connection is over."""
    if status:
        assert exchange(Peer(answer, broken), Request("h", "/", {})) == (status, b"", False)
        return
    with pytest.raises(ConnectionResetError):
        exchange(Peer(answer, broken), Request("h", "/", {}))


def test_time_that_is_used_up_while_sending_waits_for_no_answer() -> None:
    """It is told as what it is."""

    def slow() -> None:
        raise TimeoutError("the call's time is used up")

    with pytest.raises(TimeoutError):
        exchange(Peer(TOO_LARGE, slow), Request("h", "/", {}))
