"""Five fleets that never heard of Comboio: their messages, their part of the table, and what must arrive."""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import fastavro

from comboio.message.registry.protobuf_schema import ProtobufSchema
from comboio.message.registry.registry import Registered
from local.adopt.schemas import COMPILED, JSON_ID, PROTO_ID, SCHEMA, SCHEMA_ID


class Sent(NamedTuple):
    """A message as its fleet produces it."""

    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...]
    arrives: Any
    """What a receiver must read; None for a message that must be a dead letter."""
    names: str = ""
    """What the dead letter's error must name."""


class Fleet(NamedTuple):
    """A topic and what is known of its messages."""

    topic: str
    about: str
    messages: Sequence[Sent]
    producer: Mapping[str, str] = MappingProxyType({})
    """Options of the producer that makes the good messages of lines; without them they are produced as they stand."""


TABLE = """
version = 2

[message]                       # the .NET fleet: JSON with a code, and nothing else that is certain
code = "codigo"

[topics."vehicle.stops".message]
format = "avro"
registry = "{registry}"
code = "meta.kind"

[topics."truck.positions".message]
format = "protobuf"
registry = "{registry}"
code = "kind"
entity = "plate"
required = ["code", "entity"]

[topics."door.events".message]
registry = "{registry}"
code = "kind"

[topics."plc.readings".message]
format = "raw"
code = "header.kind"
required = ["code"]

[destinations.queue]
type = "sqs"
target = "{queue}"
compression = "gzip"

[destinations.lake]
type = "s3"
target = "{bucket}"
prefix = "fleets"

[destinations.fleet]
type = "python"
target = "local.adopt.fleet:handle"

[[routes]]
name = "dotnet"
topics = ["dotnet.events"]
codigos = ["300-399"]
to = ["queue", "lake", "fleet"]

[[routes]]
name = "stops"
topics = ["vehicle.stops"]
codigos = ["VEHICLE_STOP"]
when = {{ "value.vehicle" = ">0" }}
to = ["queue", "lake", "fleet"]
pack = 50

[[routes]]
name = "positions"
topics = ["truck.positions"]
codigos = ["POSITION", "HARSH_BRAKING"]
when = {{ "value.driver.name" = "prefix:Jo" }}
to = ["queue", "lake", "fleet"]

[[routes]]
name = "doors"
topics = ["door.events"]
codigos = ["opened", "closed"]
to = ["queue", "lake", "fleet"]

[[routes]]
name = "readings"
topics = ["plc.readings"]
codigos = ["temperature"]
to = ["queue", "lake", "fleet"]

[default]
to = ["dead_letter"]
"""


def fleets(number: int) -> list[Fleet]:
    """Return the fleets with so many good messages each, and some bad ones."""
    return [
        Fleet("dotnet.events", "JSON without ids", [*_dotnet(number)]),
        Fleet("vehicle.stops", "nested Avro by a registry", [*_avro(number)], {"PRODUCER_FORMAT": "avro"}),
        Fleet(
            "truck.positions",
            "Protobuf by a registry",
            [*_protobuf(number)],
            {"PRODUCER_FORMAT": "protobuf", "PRODUCER_SCHEMA_RECORD": "telematics.v2.Position"},
        ),
        Fleet("door.events", "JSON Schema by a registry", [*_doors(number)], {"PRODUCER_FORMAT": "json-schema"}),
        Fleet("plc.readings", "plain text, told apart by a header", [*_text(number)]),
    ]


def _dotnet(number: int) -> Iterator[Sent]:
    for n in range(number):
        event = {"codigo": 300 + n % 100, "VehicleId": n % 20, "Texto": f"posição {n}"}
        yield Sent(b"%d" % (n % 20), json.dumps(event, ensure_ascii=False).encode(), (), event)
    yield Sent(None, b'{"VehicleId": 1}', (), None, "codigo")
    yield Sent(None, b'{"codigo": -1}', (), None, "codigo")
    yield Sent(None, b"not json", (), None, "payload")
    yield Sent(None, b'{"codigo": 999}', (), None, "no route")


def _avro(number: int) -> Iterator[Sent]:
    schema = fastavro.parse_schema(SCHEMA)

    def written(event: dict[str, Any], schema_id: int = SCHEMA_ID) -> bytes:
        stream = io.BytesIO()
        fastavro.schemaless_writer(stream, schema, event)
        return b"\0" + schema_id.to_bytes(4, "big") + stream.getvalue()

    for n in range(number):
        event = {"meta": {"kind": "VEHICLE_STOP"}, "vehicle": n + 1, "speed": None if n % 3 else n / 2}
        yield Sent(b"%d" % n, written(event), (), event)
    good = {"meta": {"kind": "VEHICLE_STOP"}, "vehicle": 1, "speed": None}
    yield Sent(None, written(good, 8), (), None, "no schema 8")
    yield Sent(None, written(good)[:-1], (), None, "not Avro")
    yield Sent(None, b"{}", (), None, "schema's id")
    yield Sent(None, written({**good, "meta": {"kind": ""}}), (), None, "meta.kind")
    yield Sent(None, written({**good, "vehicle": 0}), (), None, "no route")


def _protobuf(number: int) -> Iterator[Sent]:
    position = ProtobufSchema(Registered(COMPILED)).message_type((1,))

    def written(event: dict[str, Any], index: bytes = b"\x02\x02") -> bytes:
        payload: bytes = position.new(**event).SerializeToString()
        return b"\0" + PROTO_ID.to_bytes(4, "big") + index + payload

    for n in range(number):
        speed = {} if n % 3 else {"speed": n / 2}
        event = {"kind": "HARSH_BRAKING" if n % 2 else "POSITION", "plate": f"BRA{n}", "driver": {"name": "João"}}
        yield Sent(b"%d" % n, written({**event, **speed}), (), {**event, **speed})
    good = {"kind": "POSITION", "plate": "BRA1", "driver": {"name": "João"}}
    yield Sent(None, written({**good, "plate": ""}), (), None, "value.plate")
    yield Sent(None, written(good) + b"\x7a\x00", (), None, "field 15")
    yield Sent(None, written(good)[:-1], (), None, "not Protobuf of telematics.v2.Position")
    yield Sent(None, written(good, b"\x02\x06"), (), None, "no message at its index")
    yield Sent(None, written({**good, "driver": {"name": "Ana"}}), (), None, "no route")


def _doors(number: int) -> Iterator[Sent]:
    def written(event: Any) -> bytes:
        return b"\0" + JSON_ID.to_bytes(4, "big") + json.dumps(event).encode()

    for n in range(number):
        event = {"kind": "opened" if n % 2 else "closed", "door": n % 4, "place": f"Pátio {n}"}
        yield Sent(b"%d" % (n % 4), written(event), (), event)
    yield Sent(None, b'{"kind": "opened"}', (), None, "schema's id")
    yield Sent(None, written({"door": 1}), (), None, "kind")


def _text(number: int) -> Iterator[Sent]:
    for n in range(number):
        text = f"PLC-{n % 7};{n};ok"
        yield Sent(b"line-%d" % (n % 7), text.encode(), (("kind", b"temperature"),), text)
    yield Sent(b"line-1", b"PLC-1;1;ok", (), None, "header.kind")
    yield Sent(b"line-1", b"PLC-1;1;ok", (("kind", b"\xff"),), None, "header.kind")
    yield Sent(b"line-1", b"PLC-1;1;ok", (("kind", b"pressure"),), None, "no route")
