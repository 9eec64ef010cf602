"""The message builder: the payload contract, its size, and what headers say."""

import json
import os

from hypothesis import given
from hypothesis import strategies as st

from comboio.contract.message import decode
from producer.message.builder import Built, MessageBuilder
from producer.message.event_id import EventIds, traceparent
from producer.source.reading import Reading, Readings

_NOW = 1_795_359_600_123
_AT = "2026-11-22T15:00:00.123Z"
_MEMBERS = '"truck_id":"T-000123"'


def _build(reading: Reading, size: int = 0) -> Built:
    return MessageBuilder(EventIds(os.urandom), size).build(Readings.of([reading]), _NOW)


@given(st.integers(0, 2**31 - 1), st.text(min_size=1, max_size=64), st.dictionaries(st.text(), st.text(), max_size=3))
def test_the_payload_keeps_the_contract(codigo: int, truck_id: str, fields: dict[str, str]) -> None:
    """Whatever the truck is called and whatever else it says, the payload is JSON that the dispatcher accepts."""
    fields = {name: text for name, text in fields.items() if name not in Reading._fields} | {"truck_id": truck_id}
    built = _build(Reading(codigo, truck_id, _AT, json.dumps(fields)[1:-1]))
    telemetry = decode(built.values[0])
    assert (telemetry["codigo"], telemetry["truck_id"]) == (codigo, truck_id)
    assert telemetry["event_id"] == built.event_ids[0]
    assert json.loads(built.values[0]).items() >= {**fields, "occurred_at": _AT}.items()


@given(st.integers(180, 2_000))
def test_payloads_are_padded_to_the_size(size: int) -> None:
    """A payload is exactly the size asked for, unless less than a pad field is missing."""
    value = _build(Reading(300, "T-000123", _AT, _MEMBERS), size).values[0]
    assert len(value) == size
    decode(value)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=5))
def test_each_payload_is_padded_by_itself(lengths: list[int]) -> None:
    """Those that miss a pad field get it, those that miss less than one stay, whatever is in the batch with them."""
    readings = [Reading(300, "T-1", _AT, f'{_MEMBERS},"text":"{"x" * length}"') for length in lengths]
    values = MessageBuilder(EventIds(os.urandom), 200).build(Readings.of(readings), _NOW).values
    natural = MessageBuilder(EventIds(os.urandom), 0).build(Readings.of(readings), _NOW).values
    for value, plain in zip(values, natural, strict=True):
        assert len(value) == (200 if len(plain) <= 200 - len(',"pad":""') else len(plain))
        decode(value)


def test_a_payload_above_the_size_is_left_alone() -> None:
    """Nothing is cut off to reach the size."""
    value = _build(Reading(300, "T-000123", _AT, f'{_MEMBERS},"lat":-23.5'), 10).values[0]
    assert json.loads(value)["lat"] == -23.5
    assert b"pad" not in value


def test_an_event_correlates_with_itself() -> None:
    """Where the source knows no better, the correlation id is the event's, and so is the trace."""
    built = _build(Reading(300, "T-1", _AT, _MEMBERS))
    assert built.correlation_ids == built.event_ids
    assert built.traceparents == [traceparent(built.event_ids[0])]


def test_a_whole_payload_goes_along_unchanged() -> None:
    """Its own ids are told in the headers; its bytes stay as they came, odd spaces and all."""
    payload = b'{ "event_id":"order-7", "codigo":300 }'
    built = _build(Reading(300, "T-1", _AT, event_id="order-7", correlation_id="trip-9", payload=payload))
    assert built == Built(["order-7"], ["trip-9"], [traceparent("order-7")], [payload])


def test_a_payload_that_lacks_id_and_time_gets_them() -> None:
    """Both are put in front of what came; the headers tell the new id."""
    built = _build(Reading(300, "T-1", "", payload=b'{"codigo":300,"truck_id":"T-1"}'))
    telemetry = json.loads(built.values[0])
    assert (telemetry["event_id"], telemetry["occurred_at"]) == (built.event_ids[0], _AT)
    assert built.correlation_ids == built.event_ids


def test_nothing_becomes_nothing() -> None:
    """A source that has nothing just now makes no message."""
    assert MessageBuilder(EventIds(os.urandom), 200).build(Readings.of([]), _NOW) == Built([], [], [], [])
