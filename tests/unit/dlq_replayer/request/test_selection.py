"""A filter selects the letters that it describes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlq_replayer.request.request import Filter
from dlq_replayer.request.selection import codigo, selector
from tests.support.replayer import letter


@pytest.mark.parametrize(
    ("wanted", "takes", "leaves"),
    [
        ({"reason": "malformed"}, {"reason": "malformed"}, {"reason": "tombstone"}),
        ({"topic": ["t", "u"]}, {"topic": "u"}, {"topic": "v"}),
        ({"partition": 0}, {"partition": 0}, {"partition": 1}),
        ({"route": "telemetry"}, {"route": "telemetry"}, {"route": None}),
        ({"key": "301:T-1"}, {"key": b"301:T-1"}, {"key": None}),
        ({"key": "301:T-1"}, {"key": b"301:T-1"}, {"key": b"\xff"}),
        ({"error": "REFUSED"}, {"error": "was refused."}, {"error": "throttled"}),
        ({"replay_count": [0, 1]}, {"replay_count": 1}, {"replay_count": 2}),
        ({"codigo": 301}, {"codigo": 301}, {"codigo": 300}),
        ({"codigo": 301}, {"codigo": "301"}, {"value": None}),
        ({"codigo": 1}, {"codigo": 1.0}, {"codigo": True}),
        ({"codigo": "301"}, {"code": 301, "value": b"\x00"}, {"code": 302}),
        ({"codigo": "STOP"}, {"code": "STOP"}, {"code": "START"}),
        ({"event_id": "e-7"}, {"offset": 7}, {"value": b"{"}),
        ({"since": "1970-01-01T00:00:10Z"}, {"last_failure": 10_000}, {"last_failure": 9_999}),
        ({"until": "1970-01-01T00:00:10Z"}, {"last_failure": 9_999}, {"last_failure": 10_000}),
    ],
)
def test_each_field_takes_and_leaves(wanted: dict[str, Any], takes: dict[str, Any], leaves: dict[str, Any]) -> None:
    """Each field of a filter selects the letters that it describes, and no others."""
    matches = selector(Filter.model_validate(wanted))
    assert matches(letter(**takes))
    assert not matches(letter(**leaves))


def test_all_fields_must_hold() -> None:
    """Fields narrow each other, and an empty filter selects every letter."""
    both = selector(Filter(topic=("t",), codigo=(300,)))
    assert both(letter())
    assert not both(letter(topic="u"))
    assert not both(letter(codigo=1))
    assert selector(Filter())(letter(value=None, key=None, route=None))


@given(st.none() | st.binary(max_size=40))
def test_any_value_can_be_asked_for_its_codigo(value: bytes | None) -> None:
    """Any payload has a codigo or none, and reading it is never an error."""
    codigo(letter(value=value))
