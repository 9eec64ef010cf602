"""Payloads in Protobuf become JSON, by either registry's wire format; what is wrong names the field."""

import base64
import json
import sys
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from comboio.contract.message import MalformedMessageError
from comboio.errors import ConfigurationError
from comboio.message.contract import MessageContract
from comboio.message.formats import Decoded
from comboio.message.reader import reader
from comboio.message.registry import proto_text
from comboio.message.registry.decoder import decoder
from comboio.message.registry.protobuf_schema import ProtobufSchema
from comboio.message.registry.registry import Registered, RegistryUnavailableError
from tests.support.dispatcher import record

TEXT = """
syntax = "proto3";
package fleet.v1;
import "fleet/place.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/wrappers.proto";
import "google/protobuf/any.proto";
import "confluent/meta.proto";

message Other { int32 a = 1; }
message Event {
  message Zone { message Gate { string id = 1; } }
  enum State { UNKNOWN = 0; MOVING = 1; }
  string kind = 1;
  int64 vehicle = 2;
  optional double speed = 3;
  google.protobuf.Timestamp at = 4;
  map<int32, Place> places = 5;
  bytes raw = 6;
  State state = 7;
  repeated Place path = 8;
  oneof reason { string text = 9; uint64 number = 10; }
  google.protobuf.Int64Value limit = 11;
  float load = 12;
  google.protobuf.Struct extra = 13;
  google.protobuf.Duration took = 14;
  google.protobuf.Any any = 15;
  map<bool, State> flags = 16;
  repeated float axles = 17;
  Event before = 18;
}
"""
PLACE = 'syntax = "proto3"; package fleet.v1; message Place { double lat = 1; string name = 2; }'
SCHEMA = Registered(TEXT, {"fleet/place.proto": PLACE})
OLD = Registered("message Old { required int32 id = 1; optional Old inner = 2; }")
VERSION = UUID("0f6ab2c4-4b0c-4a55-9f5e-2c1e5f8d9a10")


def compiled(text: str) -> str:
    """Return a file as a registry compiles it."""
    return base64.b64encode(proto_text.parse(text).SerializeToString()).decode()


COMPILED = Registered(compiled(TEXT), {"fleet/place.proto": compiled(PLACE)})


class Source:
    """A registry in memory: 1 is compiled, 2 is text, 3 has required fields, 4 lacks an import, 5 is none."""

    def schema(self, name: str, timeout_s: float) -> Registered | None:
        """See SchemaSource."""
        return {
            "1": COMPILED,
            "2": SCHEMA,
            "3": OLD,
            "4": Registered(TEXT),
            "5": Registered('{"type": "record"}'),
            str(VERSION): SCHEMA,
        }.get(name)


def new(which: tuple[int, ...] = (1,), schema: Registered = SCHEMA) -> Any:
    """Return an empty message."""
    return ProtobufSchema(schema).message_type(which).new()


def event() -> Any:
    """Return a message that says something in each field."""
    made = new()
    made.kind, made.vehicle, made.state, made.raw, made.number = "STOP", 2**60, 1, b"\xff", 2**64 - 1
    made.at.FromJsonString("2026-11-22T15:00:00.5Z")
    made.places[7].name = "Sé"
    made.path.add(lat=-23.5)
    made.limit.value, made.load, made.flags[True] = 2**40, 0.1, 1
    made.axles.extend([1.5, 16777216.0])
    made.extra.update({"a": [1, None, True]})
    made.took.FromMilliseconds(1_500)
    made.any.type_url, made.any.value = "x/unknown.Type", b"\x01"
    made.before.kind = "GO"
    return made


SAID = {
    "kind": "STOP", "vehicle": 2**60, "at": "2026-11-22T15:00:00.500Z", "raw": "_w==", "state": "MOVING",
    "places": {"7": {"lat": 0.0, "name": "Sé"}}, "path": [{"lat": -23.5, "name": ""}], "number": 2**64 - 1,
    "limit": 2**40, "load": 0.1, "extra": {"a": [1, None, True]}, "took": "1.500s", "flags": {"true": "MOVING"},
    "any": {"type_url": "x/unknown.Type", "value": "AQ=="}, "axles": [1.5, 16777216.0],
    "before": {
        "kind": "GO", "vehicle": 0, "places": {}, "raw": "", "state": "UNKNOWN", "path": [], "load": 0.0, "flags": {},
        "axles": [],
    },
}  # fmt: skip


def confluent(message: Message | bytes, index: bytes = b"\x02\x02", schema: int = 1) -> bytes:
    """Return a message with Confluent's prefix."""
    payload = message if isinstance(message, bytes) else message.SerializePartialToString()
    return b"\0" + schema.to_bytes(4) + index + payload


def contract(registry: str = "http://registry", **more: Any) -> MessageContract:
    """Return a contract of Protobuf."""
    return MessageContract.model_validate({"format": "protobuf", "registry": registry, **more})


DECODE = decoder(contract(), Source())
DECODE_GLUE = decoder(contract("glue"), Source())


def glue(message: Message, index: int) -> bytes:
    """Return a message with Glue's prefix."""
    return b"\x03\0" + VERSION.bytes + bytes([index]) + message.SerializeToString()


@pytest.mark.parametrize("found", [
    DECODE(confluent(event())), DECODE(confluent(event(), schema=2)), DECODE_GLUE(glue(event(), 0)),
])  # fmt: skip
def test_a_message_becomes_json(found: Decoded) -> None:
    """By a schema that is compiled and by its text; names stay, numbers are numbers, and times are texts."""
    assert found.text is not None
    assert json.loads(found.text) == found.document == SAID


def test_what_was_not_written_is_its_default_or_is_not_there() -> None:
    """A field that can be absent is; one that cannot has the value that the .proto file gives it."""
    found = DECODE(confluent(b"")).document
    assert (found["kind"], found["vehicle"], found["state"], found["path"]) == ("", 0, "UNKNOWN", [])
    assert not {"speed", "at", "text", "number", "limit", "before"} & found.keys()


def test_nested_messages_are_found_by_their_indexes() -> None:
    """Confluent counts the messages within one, without the entries of its maps; Glue sorts the names of them all."""
    gate = new((1, 0, 0))
    gate.id = "G1"
    assert DECODE(confluent(gate, b"\x06\x02\x00\x00")).document == {"id": "G1"}
    names = ["Event", "Event.FlagsEntry", "Event.PlacesEntry", "Event.Zone", "Event.Zone.Gate", "Other"]
    assert DECODE_GLUE(glue(gate, names.index("Event.Zone.Gate"))).document == {"id": "G1"}
    other = new((0,))
    other.a = 7
    assert (
        DECODE(confluent(other, b"\0")).document == DECODE_GLUE(glue(other, names.index("Other"))).document == {"a": 7}
    )


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize(
    ("value", "says"),
    [
        (b"{}", "schema's id"),
        (confluent(event(), schema=9), "no schema 9"),
        (confluent(event(), schema=4), "schema 4 cannot be parsed"),
        (confluent(event(), schema=5), "schema 5 cannot be parsed"),
        (confluent(event(), b"\x02\x08"), "no message at its index"),
        (confluent(event(), b"\x02\x01"), "no message at its index"),
        (confluent(b"", b""), "which message"),
        (confluent(event().SerializeToString()[:-1]), r"not Protobuf of fleet\.v1\.Event"),
        (confluent(b"\x0a\x02\xff\xff"), r"not Protobuf of fleet\.v1\.Event"),
        (confluent(b"\x98\x06\x01"), "field 99, which fleet.v1.Event has not"),
        (confluent(b"\x42\x03\x98\x06\x01"), "a message within it has fields"),
        (confluent(b"\x22\x0a\x08" + b"\xff" * 8 + b"\x7f"), r"fleet\.v1\.Event\.at: it cannot be said"),
        (confluent(new((0,), OLD), b"\0", schema=3), "id: Old requires it"),
        (confluent(b"\x08\x01\x12\x00", b"\0", schema=3), r"inner\.id: Old requires it"),
    ],
)
def test_what_cannot_be_decoded_is_malformed(value: bytes, says: str) -> None:
    """Each names the field where the bytes say which, and quotes nothing."""
    with pytest.raises(MalformedMessageError, match=says):
        DECODE(value)


@pytest.mark.robustness("input of any shape")
def test_depth_is_malformed_and_not_a_crash() -> None:
    """As deep as the package lets a message be, and deeper."""
    for depth in (50, 99, 100, 200, 2_000):
        payload = b""
        for _ in range(depth):
            payload = b"\x92\x01" + varint(len(payload)) + payload
        with suppress(MalformedMessageError):
            assert DECODE(confluent(payload)).text


def varint(number: int) -> bytes:
    """Return a number as Protobuf writes it."""
    return bytes([number]) if number < 0x80 else bytes([number & 0x7F | 0x80]) + varint(number >> 7)


@pytest.mark.robustness("input of any shape")
@given(st.binary(max_size=60))
def test_no_bytes_break_the_decoder(payload: bytes) -> None:
    """Any payload is decoded, or is malformed."""
    for value in (confluent(payload), confluent(payload, b""), b"\x03\0" + VERSION.bytes + payload):
        with suppress(MalformedMessageError):
            (DECODE if value[0] == 0 else DECODE_GLUE)(value)


def test_fields_are_read_by_their_paths() -> None:
    """Code, id, entity and time, as of any other format; a missing one is named."""
    paths: dict[str, Any] = {
        "code": "state",
        "id": "number",
        "entity": "vehicle",
        "time": "at",
        "required": ["code", "id"],
    }
    read = reader(contract(**paths), DECODE)
    numbered = event()
    numbered.number = 7
    content = read(record(1, confluent(numbered)))
    assert (content.code, content.event_id, content.entity, content.time) == (
        "MOVING", "7", str(2**60), "2026-11-22T15:00:00.500Z",
    )  # fmt: skip
    with pytest.raises(MalformedMessageError, match=r"^id: .*value\.number"):
        read(record(1, confluent(b"")))


def test_a_package_that_is_missing_stops_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """What reads text is needed for Glue at once; for a registry that compiles, only when one gives text."""
    value = event()
    monkeypatch.setitem(sys.modules, "proto_schema_parser", None)
    decode = decoder(contract(), Source())
    assert decode(confluent(value)).document == SAID
    with pytest.raises(RegistryUnavailableError, match="proto-schema-parser"):
        decode(confluent(value, schema=2))
    with pytest.raises(ConfigurationError, match="proto-schema-parser"):
        decoder(contract("glue"), Source())
    monkeypatch.setitem(sys.modules, "google.protobuf", None)
    with pytest.raises(ConfigurationError, match="package protobuf"):
        decoder(contract(), Source())
