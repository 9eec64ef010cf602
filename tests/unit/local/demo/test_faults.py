"""What the demo puts between the function and the services tells what its report needs."""

from collections.abc import Iterator

import pytest

from comboio.aws.http import Answer, UnreachableError
from local.demo.faults import Telling
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
