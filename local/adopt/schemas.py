"""The schemas of the fleets that have a registry, and the registry that has them."""

import base64
import json
from typing import Any

from comboio.message.registry import proto_text
from local.adopt.registry import LocalRegistry, Schema

SCHEMA_ID = 7
SCHEMA: dict[str, Any] = {
    "type": "record",
    "name": "VehicleEvent",
    "fields": [
        {"name": "meta", "type": {"type": "record", "name": "Meta", "fields": [{"name": "kind", "type": "string"}]}},
        {"name": "vehicle", "type": "long"},
        {"name": "speed", "type": ["null", "double"]},
    ],
}


PROTO_ID = 9
PROTO = """
syntax = "proto3";
package telematics.v2;

message Ignition { bool on = 1; }
message Position {
  message Driver { string name = 1; }
  enum Kind { KIND_UNSPECIFIED = 0; POSITION = 1; HARSH_BRAKING = 2; }
  Kind kind = 1;
  string plate = 2;
  optional float speed = 3;
  Driver driver = 4;
}
"""
COMPILED = base64.b64encode(proto_text.parse(PROTO).SerializeToString()).decode()
"""As the registry serves it to programs."""


JSON_ID = 11
JSON_SCHEMA: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "required": ["kind", "door"],
    "properties": {"kind": {"enum": ["opened", "closed"]}, "door": {"type": "integer"}, "place": {"type": "string"}},
}


def subjects() -> LocalRegistry:
    """Return a registry that has each fleet's schema, by its id and under the subject of its topic."""
    schemas = {
        SCHEMA_ID: Schema("AVRO", json.dumps(SCHEMA)),
        PROTO_ID: Schema("PROTOBUF", PROTO),
        JSON_ID: Schema("JSON", json.dumps(JSON_SCHEMA)),
    }
    found = LocalRegistry(schemas)
    for topic, number in (("vehicle.stops", SCHEMA_ID), ("truck.positions", PROTO_ID), ("door.events", JSON_ID)):
        found.register(f"{topic}-value", schemas[number])
    return found
