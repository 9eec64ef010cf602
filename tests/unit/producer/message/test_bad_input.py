"""Faults on purpose: all of them, spread out, and each truly bad in its way."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.contract.message import MalformedMessageError, decode
from producer.message.bad_input import UNKNOWN, FaultPlan, spoiled
from producer.options.faults import KINDS, parse_faults

_PAYLOAD = b'{"event_id":"e-1","codigo":301,"occurred_at":"2026-11-22T15:00:00.123Z","truck_id":"T-1","codigo2":1}'


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


def test_a_malformed_payload_does_not_decode() -> None:
    """It is not JSON."""
    with pytest.raises(MalformedMessageError, match="JSON"):
        decode(spoiled(_PAYLOAD, "malformed"))


def test_an_unknown_code_is_the_only_change() -> None:
    """The payload stays sound but for a code that nobody routes."""
    value = spoiled(_PAYLOAD, "unknown_codigo")
    assert decode(value)["codigo"] == UNKNOWN
    assert json.loads(value or b"") == {**json.loads(_PAYLOAD), "codigo": UNKNOWN}


def test_a_tombstone_is_no_payload() -> None:
    """Kafka's own way of saying that a key has nothing any more."""
    assert spoiled(_PAYLOAD, "tombstone") is None


def test_counts_are_read_from_text() -> None:
    """The form of the environment variable; empty means none."""
    assert parse_faults("malformed=20, tombstone=5") == {"malformed": 20, "tombstone": 5}
    assert parse_faults("") == {}


@pytest.mark.parametrize("text", ["explode=1", "malformed", "malformed=-1", "malformed=x"])
def test_a_wrong_fault_is_explained(text: str) -> None:
    """The message lists the kinds there are."""
    with pytest.raises(ValueError, match="malformed, unknown_codigo, tombstone"):
        parse_faults(text)
