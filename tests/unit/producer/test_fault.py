"""Faults on purpose: all of them, spread out, and each truly bad in its way."""

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.message import MalformedMessageError, decode
from producer.event_id import EventIds
from producer.fault import KINDS, UNKNOWN, FaultPlan, parse_faults, spoil
from producer.message import Message
from producer.message_builder import MessageBuilder
from producer.reading import Reading


def _message() -> Message:
    builder = MessageBuilder(EventIds(os.urandom), 200)
    event_id, value, headers = builder.build(Reading(301, "T-1", "2026-11-22T15:00:00.123Z", '"codigo2":1'), 0)
    return Message("mt-c400", b"301:T-1", value, headers, event_id)


@given(
    st.dictionaries(st.sampled_from(KINDS), st.integers(0, 40)),
    st.floats(1, 100),
    st.lists(st.floats(0, 1), max_size=30),
)
def test_every_fault_comes_due_once(counts: dict[str, int], duration: float, moments: list[float]) -> None:
    """Whenever the plan is asked, by the end each kind has come as often as asked for."""
    plan = FaultPlan(counts, duration)
    due = [kind for moment in [*sorted(moments), 1.0] for kind in plan.due(moment * duration)]
    assert {kind: due.count(kind) for kind in counts} == counts


def test_faults_are_spread_over_the_run() -> None:
    """Two faults of a kind come in the middle of each half, not at once."""
    plan = FaultPlan({"malformed": 2}, duration_s=20)
    assert [plan.due(at) for at in (4.9, 5, 14.9, 15, 20)] == [[], ["malformed"], [], ["malformed"], []]


def test_a_malformed_message_does_not_decode() -> None:
    """Its value is not JSON; key and topic stay."""
    message = spoil(_message(), "malformed")
    with pytest.raises(MalformedMessageError, match="JSON"):
        decode(message.value)
    assert message.key == b"301:T-1"


def test_an_unknown_code_is_the_only_change() -> None:
    """The payload stays sound but for a code that nobody routes."""
    message = _message()
    spoiled = spoil(message, "unknown_codigo")
    assert decode(spoiled.value)["codigo"] == UNKNOWN
    assert json.loads(spoiled.value or b"") == {**json.loads(message.value or b""), "codigo": UNKNOWN}


def test_a_tombstone_has_no_value() -> None:
    """It keeps its key."""
    assert spoil(_message(), "tombstone").value is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_spoiled_message_can_be_accounted_for(kind: str) -> None:
    """Its event id is in a header and its kind is known, so that a journal can name it."""
    message = _message()
    spoiled = spoil(message, kind)
    assert dict(spoiled.headers)["event_id"] == message.event_id.encode()
    assert (spoiled.kind, spoiled.event_id) == (kind, message.event_id)
    assert "event_id" not in dict(message.headers)


def test_counts_are_read_from_text() -> None:
    """The form of the environment variable; empty means none."""
    assert parse_faults("malformed=20, tombstone=5") == {"malformed": 20, "tombstone": 5}
    assert parse_faults("") == {}


@pytest.mark.parametrize("text", ["explode=1", "malformed", "malformed=-1", "malformed=x"])
def test_a_wrong_fault_is_explained(text: str) -> None:
    """The message lists the kinds there are."""
    with pytest.raises(ValueError, match="malformed, unknown_codigo, tombstone"):
        parse_faults(text)
