"""The message builder: the payload contract, its size and the headers."""

import json
import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.message import decode
from producer.event_id import EventIds
from producer.message_builder import MessageBuilder, trace_id
from producer.reading import Reading

_NOW = 1_795_359_600_123
_AT = "2026-11-22T15:00:00.123Z"


def _builder(size: int = 0) -> MessageBuilder:
    return MessageBuilder(EventIds(os.urandom), size)


@given(st.integers(0, 2**31 - 1), st.text(min_size=1, max_size=64), st.dictionaries(st.text(), st.text(), max_size=3))
def test_the_payload_keeps_the_contract(codigo: int, truck_id: str, fields: dict[str, str]) -> None:
    """Whatever the truck is called and whatever else it says, the payload is JSON that the dispatcher accepts."""
    fields = {name: text for name, text in fields.items() if name not in Reading._fields}
    event_id, value, _ = _builder().build(Reading(codigo, truck_id, _AT, json.dumps(fields)[1:-1]), _NOW)
    telemetry = decode(value)
    assert (telemetry["codigo"], telemetry["truck_id"], telemetry["event_id"]) == (codigo, truck_id, event_id)
    assert json.loads(value).items() >= fields.items()


@given(st.integers(180, 2_000))
def test_payloads_are_padded_to_the_size(size: int) -> None:
    """A payload is exactly the size asked for, unless less than a pad field is missing."""
    _, value, _ = _builder(size).build(Reading(300, "T-000123", _AT), _NOW)
    assert len(value) == size
    decode(value)


def test_a_payload_above_the_size_is_left_alone() -> None:
    """Nothing is cut off to reach the size."""
    _, value, _ = _builder(10).build(Reading(300, "T-000123", _AT, '"lat":-23.5'), _NOW)
    assert json.loads(value)["lat"] == -23.5
    assert b"pad" not in value


@pytest.mark.parametrize("event_id", ["", "0199d0c2-0000-7abc-8abc-0123456789ab", 'order-7"\\'])
def test_headers_carry_correlation_and_trace(event_id: str) -> None:
    """The trace parent is valid for W3C whatever the event id looks like; the correlation id is the event's."""
    made, _, headers = _builder().build(Reading(300, "T-1", _AT, event_id=event_id), _NOW)
    assert made == event_id or not event_id
    assert dict(headers)["correlation_id"] == made
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", str(dict(headers)["traceparent"]))


def test_a_correlation_id_given_is_kept() -> None:
    """A source that knows its correlation id finds it again downstream."""
    _, _, headers = _builder().build(Reading(300, "T-1", _AT, correlation_id="trip-9"), _NOW)
    assert dict(headers)["correlation_id"] == "trip-9"


def test_the_trace_id_of_a_uuid_is_the_uuid() -> None:
    """Whoever has the event id has the trace id."""
    assert trace_id("0199d0c2-0000-7abc-8abc-0123456789ab") == "0199d0c200007abc8abc0123456789ab"
