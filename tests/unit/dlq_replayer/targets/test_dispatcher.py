"""The dispatcher as a target: what it is sent, and what its answers mean."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from dlq_replayer.aws.lambda_function import InvocationError
from dlq_replayer.targets.dispatcher import TRIES, DispatcherTarget
from tests.support.replayer import letter, received


class Function:
    """Answers one after the other; an error is raised."""

    def __init__(self, *answers: Mapping[str, Any] | InvocationError) -> None:
        self.answers = list(answers)
        self.events: list[Any] = []

    def invoke(self, event: bytes) -> Mapping[str, Any]:
        self.events.append(json.loads(event))
        answer = self.answers.pop(0)
        if isinstance(answer, InvocationError):
            raise answer
        return answer

    def start(self, event: bytes) -> None:
        raise NotImplementedError


def dispatcher(function: Function) -> tuple[DispatcherTarget, list[float], list[str]]:
    """With what it sleeps and warns."""
    slept: list[float] = []
    warned: list[str] = []
    return DispatcherTarget(function, 1_000, slept.append, warned.append), slept, warned


def test_the_dispatcher_gets_the_envelopes_as_they_are() -> None:
    """The dispatcher gets the envelopes as they came; letters that its answer does not name have failed."""
    function = Function({"outcomes": {letter(1).id: "dispatched"}})
    target, _, _ = dispatcher(function)
    assert target.take([received(letter(1)), received(letter(2))]) == {
        letter(1).id: "dispatched",
        letter(2).id: "failed",
    }
    (event,) = function.events
    assert event == {
        "eventSource": "comboio:dead-letters",
        "letters": [letter(1).to_fields(), letter(2).to_fields()],
    }


@pytest.mark.robustness("sources and targets that fail on the way")
@pytest.mark.parametrize("answer", [InvocationError("broken"), {}, {"outcomes": None}, {"errorMessage": "x"}])
def test_an_invocation_that_fails_leaves_its_letters(answer: Any) -> None:
    """The letters of an invocation that failed have failed, and it is not repeated in this run."""
    function = Function(answer)
    target, slept, _ = dispatcher(function)
    assert target.take([received(letter(1))]) == {letter(1).id: "failed"}
    assert (len(function.events), slept) == (1, [])


@pytest.mark.robustness("sources and targets that fail on the way")
def test_a_throttled_invocation_is_tried_again() -> None:
    """An invocation that Lambda throttles is tried a few times, with growing waits."""
    function = Function(InvocationError("slow", throttled=True), {"outcomes": {letter(1).id: "dispatched"}})
    target, slept, _ = dispatcher(function)
    assert target.take([received(letter(1))]) == {letter(1).id: "dispatched"}
    assert slept == [0.5]
    function = Function(*[InvocationError("slow", throttled=True)] * TRIES)
    target, slept, warned = dispatcher(function)
    assert target.take([received(letter(1))]) == {letter(1).id: "failed"}
    assert slept == [0.5, 1.0, 2.0]
    assert warned == ["slow"]
