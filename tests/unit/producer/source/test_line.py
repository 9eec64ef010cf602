"""A line as a reading: the contract's fields are checked, the bytes untouched."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.contract.message import decode
from producer.message.builder import MessageBuilder
from producer.message.event_id import EventIds
from producer.source.line import Line, parse
from producer.source.reading import Reading, Readings, Rejected

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def _reading(text: bytes) -> Reading:
    parsed = parse(Line(text, "a:0"))
    assert not isinstance(parsed, Rejected), parsed.reason
    return parsed[0]


@given(st.dictionaries(st.text(), _json, max_size=5))
def test_whatever_else_a_line_has_its_message_keeps(others: dict[str, object]) -> None:
    """With or without id and time, the message is sound by the contract, and has every field of the line."""
    for optional in ("event_id", "occurred_at", "correlation_id"):
        others.pop(optional, None)
    line = {**others, "codigo": 301, "truck_id": "T-1"}
    builder = MessageBuilder(EventIds(lambda size: b"\x01" * size), 200)
    value = builder.build(Readings.of([_reading(json.dumps(line).encode())]), 1_795_359_600_000).values[0]
    assert decode(value)["codigo"] == 301
    made = json.loads(value)
    assert {name: made[name] for name in line} == line
    assert made.keys() - line.keys() == {"event_id", "occurred_at"}


def test_a_whole_line_is_the_value() -> None:
    """Byte for byte, but for the blanks around it."""
    text = b'{"truck_id":"T-1","codigo":"301", "event_id":"e-1","occurred_at":"2026-11-22T15:00:00Z","odd":1.10}'
    reading = _reading(b" " + text + b"\r")
    builder = MessageBuilder(EventIds(lambda size: b"\x01" * size), 200)
    built = builder.build(Readings.of([reading]), 0)
    assert (reading.codigo, built.event_ids, built.values) == (301, ["e-1"], [text])
    assert built.correlation_ids == ["e-1"]


def test_a_correlation_id_goes_along() -> None:
    """The source's own chain of events is not broken."""
    assert _reading(b'{"truck_id":"T-1","codigo":301,"correlation_id":"c-1"}').correlation_id == "c-1"


@pytest.mark.robustness("source files that change, end badly or hold nonsense")
@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"x",
        b"[]",
        b"\xff",
        b'{"codigo":301}',
        b'{"codigo":true,"truck_id":"T-1"}',
        b'{"codigo":-1,"truck_id":"T-1"}',
        b'{"codigo":301,"truck_id":""}',
        b'{"codigo":301,"truck_id":"T-1","event_id":"a b"}',
        b'{"codigo":301,"truck_id":"T-1","occurred_at":"yesterday"}',
        b'{"codigo":301,"truck_id":"T-1","speed":NaN}',
        b'{"codigo":301,"truck_id":"T-1","a":' + b"[" * 5000 + b"]" * 5000 + b"}",
    ],
)
def test_what_is_no_reading_is_rejected_whole(text: bytes) -> None:
    """A line that breaks the contract is rejected with the reason and the place."""
    rejected = parse(Line(text, "a:7"))
    assert isinstance(rejected, Rejected)
    assert (rejected.place, rejected.content) == ("a:7", text)
    assert rejected.reason.startswith("malformed: ")


def test_equal_faults_have_equal_reasons() -> None:
    """Positions differ from line to line; counted together they must not."""
    one, other = parse(Line(b'{"codigo"', "a:0")), parse(Line(b'{"codigo":301, "truck_id"', "a:9"))
    assert isinstance(one, Rejected)
    assert isinstance(other, Rejected)
    assert one.reason == other.reason
