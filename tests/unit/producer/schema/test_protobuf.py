"""Protobuf is written so that the dispatcher reads what the JSON said; what cannot be written is named."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.message.registry import message_index, proto_text, protobuf, wire_format
from comboio.message.registry.protobuf_schema import ProtobufSchema
from comboio.message.registry.registry import Registered
from producer.schema.encode import Encode, NoMatchError, SchemaError
from producer.schema.protobuf import encoder

PROTO = """
syntax = "proto3";
package telematics.v2;
import "google/protobuf/timestamp.proto";
import "driver.proto";
message Ignition { bool on = 1; }
message Position {
  message Inner { map<string, int32> counts = 1; message Innermost { int64 x = 1; } Innermost in = 2;
    map<string, bytes> raws = 3; }
  enum Kind { UNSPECIFIED = 0; POSITION = 1; }
  Kind kind = 1;
  string plate = 2;
  optional float speed = 3;
  optional Driver driver = 4;
  int64 distance = 5;
  bytes raw = 6;
  repeated Inner inner = 7;
  optional google.protobuf.Timestamp at = 8;
}
"""
DRIVER = 'syntax = "proto3"; package telematics.v2; message Driver { string name = 1; }'


def compiled(text: str) -> str:
    """Return a file as the registry serves it to programs."""
    return base64.b64encode(proto_text.parse(text).SerializeToString()).decode()


REGISTERED = Registered(compiled(PROTO), {"driver.proto": compiled(DRIVER)})
POSITION = encoder(REGISTERED, 9, "telematics.v2.Position")


def read_back(value: bytes) -> Any:
    """Return what the dispatcher reads."""
    written = wire_format.confluent(value)
    message = message_index.confluent(written.payload)
    return protobuf.decode(message.payload, ProtobufSchema(REGISTERED).message_type(message.which)).document


innermost = st.fixed_dictionaries({"x": st.integers(-(2**63), 2**63 - 1)})
raws = st.dictionaries(st.text(max_size=3), st.sampled_from(["", "AA=="]), max_size=2)
documents = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["UNSPECIFIED", "POSITION"]),
        "plate": st.text(max_size=10),
        "distance": st.integers(-(2**63), 2**63 - 1),
        "raw": st.sampled_from(["", "_-8=", "AAAA"]),
        "inner": st.lists(
            st.fixed_dictionaries(
                {
                    "counts": st.dictionaries(st.text(max_size=5), st.integers(0, 9), max_size=3),
                    "in": innermost,
                    "raws": raws,
                }
            ),
            max_size=3,
        ),
    },
    optional={
        "speed": st.floats(width=32, allow_nan=False, allow_infinity=False).map(lambda found: float(f"{found:.6g}")),
        "driver": st.fixed_dictionaries({"name": st.text(max_size=5)}),
        "at": st.just("2026-11-22T15:00:00.123Z"),
    },
)


@given(documents)
def test_the_dispatcher_reads_what_the_json_said(document: Any) -> None:
    """Whatever the document: nested, in maps and lists, imported, numbers of 64 bits, bytes and times among it."""
    assert read_back(POSITION(json.dumps(document).encode())) == document


@pytest.mark.parametrize(
    ("record", "document", "index"),
    [
        ("", {"on": True}, b"\0"),
        ("telematics.v2.Ignition", {"on": True}, b"\0"),
        ("telematics.v2.Position", {"plate": "x"}, b"\x02\x02"),
        ("telematics.v2.Position.Inner.Innermost", {"x": 5}, b"\x06\x02\0\0"),
    ],
)
def test_the_message_is_named_as_confluent_s_serializers_do(record: str, document: Any, index: bytes) -> None:
    """The first by a single 0, others by their places from the outermost, without the entries of maps."""
    value = encoder(REGISTERED, 9, record)(json.dumps(document).encode())
    assert value.startswith(b"\0\0\0\0\x09" + index)
    assert document.items() <= read_back(value).items()


def test_a_place_above_63_takes_a_second_byte() -> None:
    """As a zigzag varint."""
    many = 'syntax = "proto3";' + "".join(f"message M{n} {{ bool on = 1; }}" for n in range(70))
    value = encoder(Registered(compiled(many)), 1, "M69")(b'{"on": true}')
    assert message_index.confluent(value[5:]) == ((69,), b"\x08\x01")


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"plate": 5}, "^malformed: plate: it is not what telematics.v2.Position says$"),
        ({"kind": "SECRET"}, "^malformed: kind: it is not"),
        ({"distance": 2**63}, "^malformed: distance: it is not"),
        ({"raw": "secret!!"}, "^malformed: raw: it is not base64$"),
        ({"raw": "secre"}, "^malformed: raw: it is not base64$"),
        ({"inner": [{"raws": {"secret": "secret="}}]}, "^malformed: raws: it is not base64$"),
        ({"inner": [{"counts": {"secret": "x"}}]}, "^malformed: inner.counts: it is not"),
        ({"at": "secret"}, "^malformed: at: it is not"),
        ({"secret": 1}, "^malformed: payload: it has a field that telematics.v2.Position has not$"),
        ({"driver": {"secret": 1}}, "^malformed: driver: it has a field that telematics.v2.Driver has not$"),
        ({"driver": {"name": ["secret"]}}, "^malformed: name: it is not"),
        ("secret", "^malformed: payload: it is not what telematics.v2.Position says$"),
        (None, "^malformed: payload: "),
    ],
)
def test_what_does_not_match_is_named_and_its_value_is_not(document: Any, says: str) -> None:
    """By the schema's own words."""
    with pytest.raises(NoMatchError, match=says) as found:
        POSITION(json.dumps(document).encode())
    assert "secret" not in str(found.value).lower()


def test_what_proto2_requires_is_asked_for() -> None:
    """By name."""
    encode: Encode = encoder(Registered(compiled("message A { required string name = 1; }")), 1, "")
    with pytest.raises(NoMatchError, match="name: A requires it"):
        encode(b"{}")


@pytest.mark.robustness("input of any shape")
@given(st.binary(max_size=40))
def test_no_payload_ends_the_producer(value: bytes) -> None:
    """Any bytes are refused, but for an object without a field."""
    with pytest.raises(NoMatchError):
        POSITION(value + b"]")


@pytest.mark.robustness("a service that does not answer")
@pytest.mark.parametrize("text", ["", "{", compiled('import "gone.proto"; message A { Gone b = 1; }'), compiled("")])
def test_a_registry_s_nonsense_is_no_schema(text: str) -> None:
    """The producer says so when it starts."""
    with pytest.raises(SchemaError, match="schema 1 cannot be used as Protobuf"):
        encoder(Registered(text), 1, "")


@pytest.mark.parametrize(
    "record", ["Position", "telematics.v2.Position.Gone", "telematics.v2.Position.Inner.CountsEntry"]
)
def test_a_message_that_the_schema_has_not_is_named(record: str) -> None:
    """And the option that names it."""
    with pytest.raises(SchemaError, match=f"no message {record}. Check PRODUCER_SCHEMA_RECORD"):
        encoder(REGISTERED, 9, record)
