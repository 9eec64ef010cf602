"""Avro is written so that the dispatcher reads what the JSON said; what cannot be written is named."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.message.registry import avro as reading
from comboio.message.registry.registry import Registered
from comboio.message.registry.wire_format import confluent
from producer.schema import avro
from producer.schema.encode import Encode, NoMatchError, SchemaError

ID = 70_000


def field(name: str, kind: Any, **more: Any) -> dict[str, Any]:
    """Return a field of a record."""
    return {"name": name, "type": kind, **more}


def long(stands_for: str) -> dict[str, Any]:
    """Return a number that stands for something."""
    return {"type": "long", "logicalType": stands_for}


META = {"type": "record", "name": "Meta", "fields": [field("kind", "string"), field("raw", ["null", "bytes"])]}
SCHEMA = {
    "type": "record",
    "name": "com.acme.Event",
    "fields": [
        field("meta", META),
        field("vehicle", "int"),
        field("distance", "long"),
        field("speed", ["null", "double"], default=None),
        field("on", "boolean"),
        field("tags", {"type": "map", "values": {"type": "array", "items": "string"}}),
        field("state", {"type": "enum", "name": "State", "symbols": ["GO", "STOP"]}),
        field("more", {"type": "array", "items": ["com.acme.Meta", "long", "string", "bytes"]}),
    ],
}
SCHEMA_TEXT = json.dumps(SCHEMA)

metas = st.fixed_dictionaries({"kind": st.text(), "raw": st.sampled_from([None, "", "_-8=", "AAAA"])})
documents = st.fixed_dictionaries(
    {
        "meta": metas,
        "vehicle": st.integers(-(2**31), 2**31 - 1),
        "distance": st.integers(-(2**63), 2**63 - 1),
        "speed": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "on": st.booleans(),
        "tags": st.dictionaries(st.text(max_size=5), st.lists(st.text(max_size=5), max_size=3), max_size=3),
        "state": st.sampled_from(["GO", "STOP"]),
        "more": st.lists(metas | st.integers(-5, 5) | st.text(max_size=5), max_size=3),
    }
)


def encoder(schema: Any) -> Encode:
    """Return what encodes by a schema."""
    return avro.encoder(Registered(json.dumps(schema)), ID)


def read_back(schema: Any, value: bytes) -> Any:
    """Return what the dispatcher reads."""
    written = confluent(value)
    assert written.schema == str(ID)
    return reading.decode(written.payload, reading.parse(Registered(json.dumps(schema)))).document


ENCODE = encoder(SCHEMA)
GOOD: dict[str, Any] = {
    "meta": {"kind": "stop", "raw": None},
    "vehicle": 1,
    "distance": 2,
    "on": True,
    "tags": {},
    "state": "GO",
    "more": [],
}


APART = {**SCHEMA, "fields": [field("meta", "Meta"), *SCHEMA["fields"][1:]]}
"""The same schema, where Meta is another's."""


@given(documents)
def test_a_schema_that_refers_to_another_writes_the_same(document: Any) -> None:
    """With bytes and unions of what it refers to; and the dispatcher reads it by the same two."""
    registered = Registered(json.dumps(APART), {"com.acme.Meta": json.dumps({**META, "namespace": "com.acme"})})
    value = json.dumps(document).encode()
    written = avro.encoder(registered, ID)(value)
    assert written == avro.encoder(Registered(SCHEMA_TEXT), ID)(value)
    assert reading.decode(confluent(written).payload, reading.parse(registered)).document == document


@given(documents)
def test_the_dispatcher_reads_what_the_json_said(document: Any) -> None:
    """Whatever the document: nested, in unions, in maps, by reference, bytes among it."""
    assert read_back(SCHEMA, ENCODE(json.dumps(document).encode())) == document


def test_a_field_with_a_default_may_be_missing() -> None:
    """The receiver reads the default."""
    assert read_back(SCHEMA, ENCODE(json.dumps(GOOD).encode())) == {**GOOD, "speed": None}


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"vehicle": "secret"}, "^malformed: Event.vehicle: its Avro schema wants int$"),
        ({"vehicle": 2**31}, "Event.vehicle: its Avro schema wants int$"),
        ({"vehicle": True}, "Event.vehicle: its Avro schema wants int$"),
        ({"vehicle": 1.5}, "Event.vehicle: its Avro schema wants int$"),
        ({"distance": 2**63}, "Event.distance: .*long$"),
        ({"speed": "secret"}, "Event.speed: its Avro schema wants null or double$"),
        ({"state": "secret"}, "Event.state: .*State$"),
        ({"meta": {"raw": None}}, "kind: its Avro schema requires it, and it is missing$"),
        ({"meta": {"kind": 5, "raw": None}}, "Meta.kind: .*string$"),
        ({"meta": {"kind": "", "raw": "secret!"}}, "meta.raw: it is not base64$"),
        ({"more": [None]}, "Event.more: .*com.acme.Meta or long or string or bytes$"),
        ({"secret": 1}, "payload: it has a field that its Avro schema has not$"),
        ({"meta": "secret"}, "Event.meta: .*Meta$"),
        ({"tags": {"secret": [5]}}, "Event.tags: .*string$"),
    ],
)
def test_what_does_not_match_is_named_and_its_value_is_not(change: dict[str, Any], says: str) -> None:
    """By the schema's own words, so that equal faults are counted together, and logs have nothing of a message."""
    with pytest.raises(NoMatchError, match=says) as found:
        ENCODE(json.dumps({**GOOD, **change}).encode())
    assert "secret" not in str(found.value)


@pytest.mark.robustness("input of any shape")
@given(st.binary(max_size=40) | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps))
def test_no_payload_ends_the_producer(value: bytes | str) -> None:
    """Any bytes, and any JSON, are encoded or refused."""
    with pytest.raises(NoMatchError):
        ENCODE(value.encode() if isinstance(value, str) else value)


MOMENT = "2026-11-22T15:00:00.123000Z"


@pytest.mark.parametrize(
    ("kind", "given", "reads"),
    [
        (long("timestamp-millis"), "2026-11-22T12:00:00.123-03:00", MOMENT),
        (long("timestamp-millis"), 1_795_359_600_123, MOMENT),
        (long("timestamp-micros"), "2026-11-22T15:00:00.123456Z", "2026-11-22T15:00:00.123456Z"),
        (long("local-timestamp-millis"), "2026-11-22T15:00:00.123", "2026-11-22T15:00:00.123000"),
        (long("time-micros"), "15:00:00.000001", "15:00:00.000001"),
        ({"type": "int", "logicalType": "time-millis"}, "15:00:00", "15:00:00"),
        ({"type": "int", "logicalType": "date"}, "2026-11-22", "2026-11-22"),
        ({"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2}, "12.5", "12.50"),
        ({"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2}, 12.25, "12.25"),
        ({"type": "fixed", "name": "F", "size": 4, "logicalType": "decimal", "precision": 6, "scale": 2}, 7, "7.00"),
        ({"type": "fixed", "name": "F", "size": 3}, "AAEC", "AAEC"),
        ({"type": "string", "logicalType": "uuid"}, "0199A1B2-0000-7000-8000-000000000001", None),
        ("bytes", "+/8=", "-_8="),
        ("float", 1, 1.0),
    ],
)
@pytest.mark.parametrize("around", [lambda kind: kind, lambda kind: ["null", kind], lambda kind: [kind, "boolean"]])
def test_what_a_number_or_bytes_stand_for_is_read_from_text(kind: Any, given: Any, reads: Any, around: Any) -> None:
    """Times, decimals, ids and bytes arrive as they were meant, in a union as well."""
    schema = {"type": "record", "name": "R", "fields": [field("a", around(kind))]}
    value = encoder(schema)(json.dumps({"a": given}).encode())
    assert read_back(schema, value) == {"a": given.lower() if reads is None else reads}


@pytest.mark.parametrize(
    ("kind", "given", "says"),
    [
        (long("timestamp-millis"), "2026-11-22T15:00:00", "with its zone"),
        (long("timestamp-millis"), "yesterday", "with its zone"),
        (long("timestamp-millis"), 1.5, "wants timestamp-millis"),
        (long("local-timestamp-millis"), "2026-11-22T15:00:00Z", "without a zone"),
        ({"type": "int", "logicalType": "date"}, "22/11/2026", "date in ISO 8601"),
        ({"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2}, "x", "decimal number"),
        ({"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2}, "1.234", "Avro schema says"),
        ({"type": "fixed", "name": "F", "size": 3}, "AAECAw==", "wants F"),
        ({"type": "string", "logicalType": "uuid"}, "x", "UUID"),
        (["null", "long", "boolean"], "x", "null or long or boolean"),
    ],
)
def test_a_text_that_is_none_of_it_is_refused(kind: Any, given: Any, says: str) -> None:
    """A time without a zone too: it would become this machine's own."""
    with pytest.raises(NoMatchError, match=says):
        encoder({"type": "record", "name": "R", "fields": [field("a", kind)]})(json.dumps({"a": given}).encode())


def test_a_record_may_have_itself_within_it() -> None:
    """To the depth that JSON has."""
    kinds = ["null", "Node", long("timestamp-millis")]
    schema = {"type": "record", "name": "Node", "fields": [field("next", kinds), field("raw", "bytes")]}
    document: Any = {"next": MOMENT, "raw": "AA=="}
    for _ in range(20):
        document = {"next": document, "raw": "AA=="}
    assert read_back(schema, encoder(schema)(json.dumps(document).encode())) == document
    assert datetime.fromisoformat(MOMENT).tzinfo is UTC


@pytest.mark.robustness("a service that does not answer")
@pytest.mark.parametrize("text", ["", "{", "5", "{}", '{"type": "record"}', '"com.acme.Elsewhere"', "[" * 5_000])
def test_a_registry_s_nonsense_is_no_schema(text: str) -> None:
    """The producer says so when it starts."""
    with pytest.raises(SchemaError, match="schema 70000 cannot be used as Avro"):
        avro.encoder(Registered(text), ID)
