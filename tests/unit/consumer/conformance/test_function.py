"""The function of a situation: whatever a mapping invokes it with, it answers, and only what can be read counts."""

import json

import pytest

from consumer.conformance.function import NO_EVENT, Functions
from consumer.conformance.replies import throttles_first
from consumer.conformance.situation import Situation
from consumer.conformance.situations import SITUATIONS


def body(*offsets: int) -> bytes:
    """Return an event of partition 0."""
    return json.dumps({"records": {"t-0": [{"offset": offset} for offset in offsets]}}).encode()


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize(
    "wrong", [b"", b"no JSON", b"[]", b"{}", b'{"records": {"t-0": 7}}', b'{"records": [1]}', b"\xff"]
)
@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda each: each.name)
def test_what_is_no_event_is_an_error_of_the_function(situation: Situation, wrong: bytes) -> None:
    """It is answered as Lambda answers a handler that raises, and is not counted as an event."""
    functions = Functions(list(SITUATIONS))
    assert functions.invoke(situation.name, wrong) == NO_EVENT
    assert functions.events(situation.name) == []


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda each: each.name)
def test_batches_of_any_size_are_answered(situation: Situation) -> None:
    """A mapping may cut its batches otherwise than the situation expects; each is answered in the end."""
    functions = Functions(list(SITUATIONS))
    for offsets in ((0,), (1,), (), (0, 1, 2, 3, 4, 5), (1,), (0, 1)):
        functions.invoke(situation.name, body(*offsets))
    assert len(functions.events(situation.name)) == 6


def test_a_record_is_refused_once() -> None:
    """Offset 1 is named the first time that it comes, in whichever event, and taken then."""
    functions = Functions(list(SITUATIONS))
    answers = [functions.invoke("partial", body(*offsets)).body for offsets in ((0,), (1, 2), (1,))]
    assert [len(answer["batchItemFailures"]) for answer in answers] == [0, 1, 0]


def test_throttling_is_a_status() -> None:
    """Lambda's own status, which an SDK knows by its number and its header."""
    assert throttles_first([], []).status == 429
    assert throttles_first([[]], []).status == 200
