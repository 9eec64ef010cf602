"""One request and its answer on a connection that is open."""

from collections.abc import Callable
from typing import Literal, NamedTuple

from comboio.aws.answer_reader import Answer, AnswerReader, BrokenAnswerError
from comboio.aws.connection import Connection, Deadline


class Request(NamedTuple):
    """A POST, or a GET without a body."""

    host: str
    """Of the Host header, unless `headers` have one."""

    target: str
    """The path, with the query behind it."""

    headers: dict[str, str]
    body: bytes = b""
    method: Literal["GET", "POST"] = "POST"


Exchange = Callable[[Connection, Request, Deadline], tuple[Answer, bool]]
"""Sends a request, and returns its answer and whether the connection can be used again.

It raises OSError or BrokenAnswerError where no whole answer came, and ValueError for a request that cannot be sent.
"""


def lean_exchange(connection: Connection, request: Request, deadline: Deadline) -> tuple[Answer, bool]:
    """Speak as much of HTTP/1.1 as AWS services need; see Exchange."""
    data = request_bytes(request)
    reader = AnswerReader(lambda most: connection.receive(most, deadline))
    unsent = send(connection, data, deadline)
    if unsent is None:
        return reader.read()
    try:
        answer, _ = reader.read()
    except (OSError, BrokenAnswerError):
        raise unsent from None
    return refusal(answer, unsent), False


def send(connection: Connection, data: bytes, deadline: Deadline) -> OSError | None:
    """Send it all, or return why the other side took only a part.

    Raises:
        TimeoutError: the call's time is used up.
    """
    try:
        connection.send(data, deadline)
    except TimeoutError:
        raise
    except OSError as error:
        return error
    return None


def refusal(answer: Answer, unsent: OSError) -> Answer:
    """Return the answer to a request that was not sent whole: an error may be one, a success proves nothing."""
    if answer.status < 400:
        raise unsent
    return answer


def request_bytes(request: Request) -> bytes:
    """Return a request as it goes over the wire.

    Raises:
        ValueError: a header has a line break.
    """
    lines = [f"{request.method} {request.target} HTTP/1.1"]
    if "host" not in request.headers:
        lines.append(f"host: {request.host}")
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    lines.append("accept-encoding: identity")
    if request.method == "POST":
        lines.append(f"content-length: {len(request.body)}")
    head = "\r\n".join([*lines, "", ""])
    if head.count("\n") != len(lines) + 1 or head.count("\r") != len(lines) + 1:
        raise ValueError("a header has a line break in it")
    return head.encode("latin-1") + request.body
