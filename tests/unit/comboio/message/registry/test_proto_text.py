"""A .proto file as text becomes the descriptor that the compiler would make of it, as far as decoding needs it."""

import pytest
from google.protobuf import text_format
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from comboio.message.registry import proto_text

PROTO3 = """
// The fleet's events.
syntax = "proto3";
package fleet.v1;
import "google/protobuf/timestamp.proto";
option java_package = "com.fleet";

message Event {
  reserved 8, 9;
  option deprecated = false;
  message Meta { string kind = 1 [deprecated = true]; }
  enum State { option allow_alias = true; UNKNOWN = 0; MOVING = 1; DRIVING = 1; REVERSE = -1; }
  Meta meta = 1;
  repeated .fleet.v1.Event.State states = 2;
  map<string, Meta> by_name = 3;
  oneof place { string city = 4; int64 cell = 5; }
  optional double speed = 6;
  google.protobuf.Timestamp at = 7;
}
service Fleet { rpc Send (Event) returns (Event); }
"""

COMPILED3 = """
package: "fleet.v1"
dependency: "google/protobuf/timestamp.proto"
message_type {
  name: "Event"
  field { name: "meta" number: 1 label: LABEL_OPTIONAL type_name: "Meta" }
  field { name: "states" number: 2 label: LABEL_REPEATED type_name: ".fleet.v1.Event.State" }
  field { name: "by_name" number: 3 label: LABEL_REPEATED type: TYPE_MESSAGE type_name: "ByNameEntry" }
  field { name: "city" number: 4 label: LABEL_OPTIONAL type: TYPE_STRING oneof_index: 0 }
  field { name: "cell" number: 5 label: LABEL_OPTIONAL type: TYPE_INT64 oneof_index: 0 }
  field { name: "speed" number: 6 label: LABEL_OPTIONAL type: TYPE_DOUBLE oneof_index: 1 proto3_optional: true }
  field { name: "at" number: 7 label: LABEL_OPTIONAL type_name: "google.protobuf.Timestamp" }
  nested_type {
    name: "Meta"
    field { name: "kind" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }
  }
  nested_type {
    name: "ByNameEntry"
    field { name: "key" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }
    field { name: "value" number: 2 label: LABEL_OPTIONAL type_name: "Meta" }
    options { map_entry: true }
  }
  enum_type {
    name: "State"
    value { name: "UNKNOWN" number: 0 }
    value { name: "MOVING" number: 1 }
    value { name: "DRIVING" number: 1 }
    value { name: "REVERSE" number: -1 }
    options { allow_alias: true }
  }
  oneof_decl { name: "place" }
  oneof_decl { name: "_speed" }
}
syntax: "proto3"
"""

PROTO2 = (
    "message Old { required int32 id = 1; optional group Extra = 2 { optional bytes raw = 3; } extensions 100 to max; }"
)

COMPILED2 = """
message_type {
  name: "Old"
  field { name: "id" number: 1 label: LABEL_REQUIRED type: TYPE_INT32 }
  field { name: "extra" number: 2 label: LABEL_OPTIONAL type: TYPE_GROUP type_name: "Extra" }
  nested_type { name: "Extra" field { name: "raw" number: 3 label: LABEL_OPTIONAL type: TYPE_BYTES } }
}
syntax: "proto2"
"""


@pytest.mark.parametrize(("text", "compiled"), [(PROTO3, COMPILED3), (PROTO2, COMPILED2)])
def test_text_becomes_a_descriptor(text: str, compiled: str) -> None:
    """Messages, fields, maps, choices, enums and groups; options and services are left out."""
    assert proto_text.parse(text) == text_format.Parse(compiled, FileDescriptorProto())


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize(
    "text",
    [
        "no file",
        "message A {",
        'syntax = "proto3"; message A { int32 a = ; }',
        "message A { int32 a = 1 }",
        "<html></html>",
        '{"type": "record"}',
        "message A { \x00 }",
        "message A {} and more",
        "message A {} }",
        'edition = "2023"; message A { int32 a = 1; }',
    ],
)
def test_what_is_no_file_is_refused(text: str, capfd: pytest.CaptureFixture[str]) -> None:
    """The parser repairs nothing and writes nothing of it to the log."""
    with pytest.raises(ValueError, match=r".proto|edition|invalid literal"):
        proto_text.parse(text)
    assert capfd.readouterr() == ("", "")
