"""Which bytes are an answer, and which are none."""

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.aws.answer_reader import (
    MAX_BODY_BYTES,
    MAX_HEAD_BYTES,
    MAX_HEADERS,
    MAX_INTERIM,
    Answer,
    AnswerReader,
    BrokenAnswerError,
)

pytestmark = pytest.mark.robustness("broken, ambiguous and endless HTTP answers")

SIZED = b"HTTP/1.1 200 OK\r\nContent-Type: x\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
    b"2\r\nhe\r\n3;name=value\r\nllo\r\n000\r\nTrailer: x\r\nAnother:\r\n\r\n"
)
EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
WHOLE = {"sized": SIZED, "chunked": CHUNKED, "after interim answers": EARLY + SIZED}
HEAD = b"HTTP/1.1 200 OK\r\n"


def source(*parts: bytes) -> Callable[[int], bytes]:
    """Bytes as a connection gives them: one part at a time, then the end."""
    left = list(parts)
    return lambda most: left.pop(0) if left else b""


def read(*parts: bytes) -> tuple[Answer, bool]:
    """Return what is read of them."""
    return AnswerReader(source(*parts)).read()


@pytest.mark.parametrize("answer", WHOLE.values(), ids=WHOLE)
@given(st.data())
def test_an_answer_comes_in_any_pieces(answer: bytes, data: st.DataObject) -> None:
    """However an answer is cut into packets, it is read whole, and the connection can be used again."""
    cuts = sorted(data.draw(st.sets(st.integers(1, len(answer) - 1), max_size=8)))
    parts = [answer[low:high] for low, high in zip([0, *cuts], [*cuts, len(answer)], strict=True)]
    found, keep = read(*parts)
    assert (found.status, found.body, keep) == (200, b"hello", True)
    assert read(*(answer[place : place + 1] for place in range(len(answer))))[0] == found


@pytest.mark.parametrize("answer", WHOLE.values(), ids=WHOLE)
def test_a_part_of_an_answer_is_none(answer: bytes) -> None:
    """An answer that ends early, at whatever byte, is never taken for one."""
    for end in range(len(answer)):
        with pytest.raises(BrokenAnswerError):
            read(answer[:end])


@pytest.mark.parametrize("answer", WHOLE.values(), ids=WHOLE)
@pytest.mark.parametrize("more", [b"\r\n", b"x", SIZED, b"HTTP/1.1 408 Request Timeout\r\n\r\n"])
def test_what_comes_behind_an_answer_ends_the_connection(answer: bytes, more: bytes) -> None:
    """The answer counts, and what came behind it is never taken for the next one."""
    found, keep = read(answer + more)
    assert (found.status, found.body, keep) == (200, b"hello", False)


@pytest.mark.parametrize(
    ("answer", "status", "keep"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, True),
        (b"HTTP/1.1 204\r\nContent-Length: 0\r\n\r\n", 204, True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, True),
        (b"HTTP/1.1 500 \xfcbel\r\nContent-Length:0\r\n\r\n", 500, True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive, CLOSE\r\n\r\n", 200, False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n", 200, False),
        (b"HTTP/1.1 200 OK\r\n\r\n", 200, False),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", 304, True),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 0\r\n\r\n", 304, True),
    ],
)
def test_an_answer_without_a_body(answer: bytes, status: int, keep: bool) -> None:
    """Where the end is known the connection stays, unless the answer is of HTTP/1.0 or says that it closes."""
    found, kept = read(answer)
    assert (found.status, found.body, kept) == (status, b"", keep)


def test_a_body_may_end_with_the_connection() -> None:
    """Without a length the body is all that comes, and the connection is over."""
    assert read(HEAD + b"\r\n", b"he", b"llo") == (Answer(200, b"hello", {}), False)


def test_headers_have_lower_case_names_and_all_their_values() -> None:
    """Names are in lower case, values without the spaces around them, and repeated ones joined in order."""
    found, _ = read(b"HTTP/1.1 200 OK\r\nX-One: \t1 \r\nSet:a\r\nset: b\r\nContent-Length: 0\r\n\r\n")
    assert found.headers == {"x-one": "1", "set": "a, b", "content-length": "0"}


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\r\n" + SIZED,
        b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 600 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"ICY 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"220 smtp ready\r\n\r\n",
        b"HTTP/1.1 200 O\rK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n" + SIZED,
        HEAD + b"Content-Length: 2\n\n{}",
        HEAD + b"Content-Length : 2\r\n\r\n{}",
        HEAD + b" Content-Length: 2\r\n\r\n{}",
        HEAD + b"X: a\r\n folded\r\nContent-Length: 2\r\n\r\n{}",
        HEAD + b"no colon\r\nContent-Length: 2\r\n\r\n{}",
        HEAD + b": no name\r\nContent-Length: 2\r\n\r\n{}",
        HEAD + b"X: a\0b\r\nContent-Length: 2\r\n\r\n{}",
        HEAD + b"X: a\nContent-Length: 2\r\n\r\n{}",
    ],
)
def test_what_is_not_http_is_no_answer(answer: bytes) -> None:
    """A head that is not just as HTTP/1.1 writes it is refused, not guessed at."""
    with pytest.raises(BrokenAnswerError):
        read(answer)


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 2\r\nContent-Length: 2",
        b"Content-Length: 2\r\nContent-Length: 3",
        b"Content-Length: 2, 2",
        b"Content-Length: -1",
        b"Content-Length: +2",
        b"Content-Length: 0x2",
        b"Content-Length: 2 2",
        b"Content-Length: ",
        "Content-Length: ²".encode("latin-1"),
        b"Content-Length: " + b"9" * 40,
        b"Content-Length: 2\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked\r\nContent-Length: 2",
        b"Transfer-Encoding: gzip, chunked",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: identity",
        b"Transfer-Encoding: \x0bchunked",
        b"Transfer-Encoding:",
    ],
)
@pytest.mark.parametrize("body", [b"{}", b"2\r\n{}\r\n0\r\n\r\n"], ids=["plain", "chunked"])
def test_an_end_that_can_be_read_in_two_ways_is_no_answer(framing: bytes, body: bytes) -> None:
    """Where two readers could see two bodies, none is taken."""
    with pytest.raises(BrokenAnswerError):
        read(HEAD + framing + b"\r\n\r\n" + body)


@pytest.mark.parametrize("head", [b"HTTP/1.0 200 OK", b"HTTP/1.1 204 No Content", b"HTTP/1.1 304 Not Modified"])
def test_a_body_where_none_can_be_is_no_answer(head: bytes) -> None:
    """HTTP/1.0 has no chunks, and some answers have no body at all."""
    framing = b"\r\nTransfer-Encoding: chunked" if b"304" not in head else b"\r\nContent-Length: 2"
    with pytest.raises(BrokenAnswerError):
        read(head + framing + b"\r\n\r\n2\r\n{}\r\n0\r\n\r\n")


@pytest.mark.parametrize(
    "chunks",
    [
        b"2\r\n{}x\r\n0\r\n\r\n",
        b"2\r\n{}\n0\r\n\r\n",
        b"2\n{}\r\n0\r\n\r\n",
        b"3\r\n{}\r\n0\r\n\r\n",
        b"-2\r\n{}\r\n0\r\n\r\n",
        b"0x2\r\n{}\r\n0\r\n\r\n",
        b"\r\n{}\r\n0\r\n\r\n",
        b"g\r\n{}\r\n0\r\n\r\n",
        b" 2\r\n{}\r\n0\r\n\r\n",
        b"2 x\r\n{}\r\n0\r\n\r\n",
        b"123456789\r\n{}\r\n0\r\n\r\n",
        b"2\r\n{}\r\n0\r\nno colon\r\n\r\n",
        b"2\r\n{}\r\n0\r\n",
        b"2\r\n{}\r\n",
        b"2;" + b"x" * 5_000 + b"\r\n{}\r\n0\r\n\r\n",
    ],
)
def test_a_bad_chunk_is_no_answer(chunks: bytes) -> None:
    """A chunk whose size is not its own is refused, and so are trailers that are no headers."""
    with pytest.raises(BrokenAnswerError):
        read(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)


def endless(start: bytes, more: bytes) -> tuple[Callable[[int], bytes], list[int]]:
    """Make a source that never ends, and that notes how much it was asked to give."""
    given = [0]

    def receive(most: int) -> bytes:
        part = start if not given[0] else (more * (most // len(more) + 1))[:most]
        given[0] += len(part)
        return part

    return receive, given


@pytest.mark.parametrize(
    ("start", "more", "most"),
    [
        (HEAD, b"X: y\r\n", 3 * MAX_HEAD_BYTES),
        (HEAD, b"x", 3 * MAX_HEAD_BYTES),
        (b"x", b"x", 3 * MAX_HEAD_BYTES),
        (b"H", b"HTTP/1.1 103 Early Hints\r\n\r\n", 3 * MAX_HEAD_BYTES),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\n\r\n", 3 * MAX_HEAD_BYTES),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n", 3 * MAX_HEAD_BYTES),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"x" * 4096 + b"\r\n", 2 * MAX_BODY_BYTES),
        (HEAD + b"\r\n", b"x", 2 * MAX_BODY_BYTES),
        (HEAD + b"Content-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1), b"x", 1_000_000),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\n", b"x", 1_000_000),
    ],
)
def test_an_answer_without_end_is_cut_off(start: bytes, more: bytes, most: int) -> None:
    """Heads, interim answers, trailers and bodies have a maximum, and no more is read than that needs."""
    receive, given = endless(start, more)
    with pytest.raises(BrokenAnswerError):
        AnswerReader(receive).read()
    assert given[0] <= most


def test_too_many_headers_are_no_answer() -> None:
    """Headers are counted, as each costs more than its bytes."""
    lines = b"".join(b"X-%d: y\r\n" % number for number in range(MAX_HEADERS + 1))
    with pytest.raises(BrokenAnswerError, match="headers"):
        read(HEAD + lines + b"\r\n")


def test_interim_answers_are_counted() -> None:
    """A few interim answers are skipped, more than that are not waited out."""
    early = b"HTTP/1.1 103 Early Hints\r\n\r\n"
    assert read(early * MAX_INTERIM + SIZED)[0].status == 200
    with pytest.raises(BrokenAnswerError, match="interim"):
        read(early * (MAX_INTERIM + 1) + SIZED)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_nothing_else_comes_out_of_any_bytes(first: bytes, rest: bytes) -> None:
    """Whatever comes is an answer or the one error."""
    for start in (b"", HEAD, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", HEAD + b"Content-Length: "):
        with contextlib.suppress(BrokenAnswerError):
            read(start + first, rest)


def padded(head: bytes, size: int) -> bytes:
    """Return a head with a header that makes it so large, without its last line breaks."""
    return head + b"X: " + b"y" * (size - len(head) - 3)


def accepts(*parts: bytes) -> bool:
    """Return whether they are an answer."""
    try:
        read(*parts)
    except BrokenAnswerError:
        return False
    return True


@pytest.mark.parametrize("more", [0, 1])
def test_what_is_read_before_the_body_is_bounded_to_the_byte(more: int) -> None:
    """The head, all interim answers with it, and the trailers with their line ends: up to their maximum it is an
    answer."""
    final = padded(b"HTTP/1.1 204 No Content\r\n", MAX_HEAD_BYTES + more) + b"\r\n\r\n"
    early = padded(b"HTTP/1.1 103 Early Hints\r\n", 30_000) + b"\r\n\r\n"
    rest = padded(b"HTTP/1.1 204 No Content\r\n", MAX_HEAD_BYTES - 60_000 + more) + b"\r\n\r\n"
    assert accepts(final) is accepts(final[:-4], final[-4:]) is (not more)
    assert accepts(early + early + rest) is accepts(early, early, rest) is (not more)
    chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n"
    trailers = padded(b"", 30_000) + b"\r\n" + padded(b"", MAX_HEAD_BYTES - 30_004 + more) + b"\r\n\r\n"
    assert accepts(chunked + trailers) is (not more)


@pytest.mark.parametrize("more", [0, 1])
def test_a_body_is_bounded_to_the_byte(more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever tells its end; the largest is an answer. The bound is lowered, as 32 MB would take a second."""
    most = 1_000
    monkeypatch.setattr("comboio.aws.answer_reader.MAX_BODY_BYTES", most)
    whole = bytes(most + more)
    assert accepts(HEAD + b"Content-Length: %d\r\n\r\n" % len(whole), whole) is (not more)
    assert accepts(HEAD + b"\r\n", whole) is (not more)
    sizes = (most - 10, 10 + more)
    chunks = [part for size in sizes for part in (b"%x\r\n" % size, whole[:size], b"\r\n")]
    assert accepts(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *chunks, b"0\r\n\r\n") is (not more)


def test_as_many_headers_as_are_allowed_are_an_answer() -> None:
    """One more is none."""
    lines = b"".join(b"X-%d: y\r\n" % number for number in range(MAX_HEADERS - 1))
    assert len(read(HEAD + lines + b"Content-Length: 0\r\n\r\n")[0].headers) == MAX_HEADERS


def test_sizes_of_chunks_are_hexadecimal() -> None:
    """In either case, however many digits they have."""
    body = b"2a\r\n" + b"x" * 42 + b"\r\n0B\r\n" + b"y" * 11 + b"\r\n0\r\n\r\n"
    answer, keep = read(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + body)
    assert (answer.body, keep) == (b"x" * 42 + b"y" * 11, True)
