"""Reads one HTTP/1.1 answer to a POST or a GET, and takes it only if it is whole and can mean one thing only.

Source: RFC 9112, "HTTP/1.1", sections 2 to 7. Stricter than it where it lets a recipient guess: what two readers could
understand in two ways is refused, because a wrong guess makes one call's answer another one's.
"""

import re
from collections.abc import Callable, Generator, Mapping
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from comboio.errors import ServiceError

MAX_HEAD_BYTES = 65_536
"""Maximum size of status line and headers, of all interim answers together, and of trailers; AWS sends about 500."""

MAX_HEADERS = 256
"""Maximum number of headers."""

MAX_BODY_BYTES = 33_554_432
"""Maximum size of a body; the largest of an AWS service called here is 16 MB (DynamoDB)."""

MAX_INTERIM = 16
"""Maximum number of interim answers (1xx) before the answer."""

RECEIVE_BYTES = 65_536
"""Bytes asked for at a time."""

_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9]{2})(?: [^\0\r\n]*)?")
_HEADER_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([^\0\r\n]*)")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\0\r\n]*)?")
_CONTENT_LENGTH = re.compile(r"[0-9]{1,12}", re.ASCII)


T = TypeVar("T")

Reading = Generator[None, bytes, T]
"""Is sent some bytes each time it yields, or none when the other side has closed, and returns what they say."""


class Answer(NamedTuple):
    """An HTTP answer."""

    status: int
    body: bytes
    headers: Mapping[str, str] = MappingProxyType({})
    """By names in lower case; a header that came several times has its values with commas between them."""


class BrokenAnswerError(ServiceError):
    """What came is no whole HTTP answer; nothing is known of the request."""


class AnswerReader:
    """Reads an answer by `receive`, which returns some bytes, or none when the other side has closed."""

    def __init__(self, receive: Callable[[int], bytes]) -> None:
        self._receive = receive

    def read(self) -> tuple[Answer, bool]:
        """Return the answer, and whether the connection can be used again.

        Raises:
            BrokenAnswerError: it is cut off, ambiguous, too large or not HTTP.
        """
        reading = read_answer()
        try:
            next(reading)
            while True:
                reading.send(self._receive(RECEIVE_BYTES))
        except StopIteration as end:
            answer: tuple[Answer, bool] = end.value
            return answer


def read_answer() -> Reading[tuple[Answer, bool]]:
    """Read an answer as it comes: whoever has bytes of it sends them. It returns and raises what AnswerReader does."""
    return _Reader().read()


class _Reader:
    def __init__(self) -> None:
        self._buffer = bytearray()

    def read(self) -> Reading[tuple[Answer, bool]]:
        head_bytes = 0
        for _ in range(MAX_INTERIM + 1):
            head = yield from self._until(b"\r\n\r\n", MAX_HEAD_BYTES - head_bytes)
            head_bytes += len(head)
            version, status, headers = _parse_head(head)
            if status == 101:
                raise BrokenAnswerError("the server switches protocols (101) without being asked")
            if status >= 200:
                body, framed = yield from self._body(version, status, headers)
                keep = framed and version == 1 and not self._buffer and "close" not in _tokens(headers, "connection")
                return Answer(status, body, headers), keep
        raise BrokenAnswerError(f"more than {MAX_INTERIM} interim answers")

    def _body(self, version: int, status: int, headers: Mapping[str, str]) -> Reading[tuple[bytes, bool]]:
        """Return the body, and whether its end is known by anything but the end of the connection."""
        coding, length = headers.get("transfer-encoding"), headers.get("content-length")
        if coding is not None:
            if coding.lower() != "chunked" or length is not None or version == 0 or status == 204:
                raise BrokenAnswerError("Transfer-Encoding is not just chunked, or is contradicted by another header")
            return (yield from self._chunks()), True
        if length is not None and not _CONTENT_LENGTH.fullmatch(length):
            raise BrokenAnswerError("Content-Length is not one number")
        if status in (204, 304):
            if length not in (None, "0"):
                raise BrokenAnswerError(f"a status of {status} has no body, and this one announces one")
            return b"", True
        if length is None:
            return (yield from self._to_the_end()), False
        return (yield from self._exactly(int(length))), True

    def _chunks(self) -> Reading[bytes]:
        body = bytearray()
        while True:
            found = _CHUNK_SIZE.fullmatch((yield from self._until(b"\r\n", 4_096)))
            if found is None:
                raise BrokenAnswerError("a chunk has no size")
            size = int(found[1], 16)
            if size == 0:
                break
            if len(body) + size > MAX_BODY_BYTES:
                raise BrokenAnswerError(f"the body has more than {MAX_BODY_BYTES} bytes")
            body += yield from self._exactly(size)
            if (yield from self._exactly(2)) != b"\r\n":
                raise BrokenAnswerError("a chunk is longer than its size")
        trailer_bytes = 0
        while line := (yield from self._until(b"\r\n", MAX_HEAD_BYTES - trailer_bytes)):
            trailer_bytes += len(line) + 2
            if not _HEADER_LINE.fullmatch(line):
                raise BrokenAnswerError("a trailer is not a header")
        return bytes(body)

    def _to_the_end(self) -> Reading[bytes]:
        while (yield from self._more()):
            if len(self._buffer) > MAX_BODY_BYTES:
                raise BrokenAnswerError(f"the body has more than {MAX_BODY_BYTES} bytes")
        return self._take(len(self._buffer))

    def _exactly(self, length: int) -> Reading[bytes]:
        if length > MAX_BODY_BYTES:
            raise BrokenAnswerError(f"the body has more than {MAX_BODY_BYTES} bytes")
        while len(self._buffer) < length:
            if not (yield from self._more()):
                raise BrokenAnswerError("the connection ended within the body")
        return self._take(length)

    def _until(self, end: bytes, most: int) -> Reading[bytes]:
        """Return what comes before `end`, and remove both from the buffer."""
        looked_at = 0
        while (place := self._buffer.find(end, looked_at)) < 0:
            if len(self._buffer) > most:
                raise BrokenAnswerError(f"no end of the headers in {most} bytes")
            looked_at = max(0, len(self._buffer) - len(end) + 1)
            if not (yield from self._more()):
                raise BrokenAnswerError("the connection ended before the answer")
        if place > most:
            raise BrokenAnswerError(f"no end of the headers in {most} bytes")
        found = self._take(place)
        del self._buffer[: len(end)]
        return found

    def _take(self, length: int) -> bytes:
        taken = bytes(self._buffer[:length])
        del self._buffer[:length]
        return taken

    def _more(self) -> Reading[bool]:
        received = yield
        self._buffer += received
        return bool(received)


def _parse_head(head: bytes) -> tuple[int, int, Mapping[str, str]]:
    """Return the minor version, the status and the headers of a head without its last line breaks."""
    first, *lines = head.split(b"\r\n")
    found = _STATUS_LINE.fullmatch(first)
    if found is None:
        raise BrokenAnswerError("the status line is not HTTP/1.1")
    if len(lines) > MAX_HEADERS:
        raise BrokenAnswerError(f"more than {MAX_HEADERS} headers")
    headers: dict[str, str] = {}
    for line in lines:
        header = _HEADER_LINE.fullmatch(line)
        if header is None:
            raise BrokenAnswerError("a header line is not a name and a value")
        name, value = header[1].decode("ascii").lower(), header[2].strip(b" \t").decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return int(found[1]), int(found[2]), headers


def _tokens(headers: Mapping[str, str], name: str) -> list[str]:
    return [token.strip().lower() for token in headers.get(name, "").split(",")]
