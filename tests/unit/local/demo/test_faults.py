"""What the demo puts between the function and the services tells what its report needs."""

from collections.abc import Iterator
from pathlib import Path
from socket import socketpair

import pytest

from comboio.aws.begun import Begun
from comboio.aws.connection import Connection, Deadline
from comboio.aws.http import Answer, UnreachableError
from local.demo.faults import THROTTLED, Telling, Throttling
from tests.support.aws_wire import UNREACHABLE, Wire


def test_a_call_without_an_answer_is_told_and_stays_a_failure() -> None:
    """A refusal is an answer: the service did nothing. Without one the request may have been carried out."""
    told: list[str] = []
    answers: Iterator[Answer | Exception] = iter([Answer(200, b"{}"), UNREACHABLE, Answer(500, b"")])
    http = Telling(Wire(lambda _: next(answers)), lambda: told.append("told"))
    assert http.post({}, b"").status == 200 and not told
    with pytest.raises(UnreachableError):
        http.post({}, b"")
    assert told == ["told"]
    assert http.post({}, b"").status == 500 and told == ["told"]


class Beginning(Wire):
    """A wire whose requests are begun on a connection that the other side has closed."""

    def begin(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Begun | None:
        ours, theirs = socketpair()
        theirs.close()
        return Begun(Connection(ours), body, Deadline(1.0, lambda: 0.0), lambda _: None, UnreachableError)


def test_a_begun_call_without_an_answer_is_told_too() -> None:
    """Whoever makes a call, a request without an answer is told, once."""
    told: list[str] = []
    begun = Telling(Beginning(lambda _: UNREACHABLE), lambda: told.append("told")).begin({}, b"x")
    assert begun is not None and begun.go_on()
    with pytest.raises(UnreachableError):
        begun.answer()
    assert told == ["told"]


def test_what_is_throttled_is_not_begun(tmp_path: Path) -> None:
    """While the queue throttles, a call of it is left to a thread, which gets the throttle; others are begun."""
    flag = tmp_path / "throttle"
    flag.touch()
    http = Throttling(Beginning(lambda _: UNREACHABLE), "https://sqs.test/1/queue", flag)
    body = b'{"QueueUrl":"https://sqs.test/1/queue","Entries":[]}'
    assert http.begin({}, body) is None and http.post({}, body) == THROTTLED
    assert http.begin({}, body.replace(b"queue", b"other")) is not None
    flag.unlink()
    assert http.begin({}, body) is not None
