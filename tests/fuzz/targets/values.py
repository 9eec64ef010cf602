"""Payloads by every format of contract: read, or malformed for a reason that tells nothing of them; then sent."""

import json
from collections.abc import Callable
from typing import Any

from comboio.contract.message import MalformedMessageError
from comboio.contract.record import Record
from comboio.contract.unpack import UnreadableError
from comboio.contract.unpack import read as unpacked
from comboio.message.content import Content
from comboio.message.contract import MessageContract
from comboio.message.event_time import written_ms
from comboio.message.fleet_reader import read as read_fleet
from comboio.message.formats import Decode, Decoded
from comboio.message.reader import reader
from comboio.message.registry import avro, message_index, protobuf
from comboio.message.registry.decoder import decoder
from comboio.message.registry.protobuf_schema import ProtobufSchema
from comboio.message.registry.registry import Registered
from comboio.message.registry.wire_format import Written, confluent, glue
from comboio.routing.destination_spec import DestinationSpec
from dispatcher.destinations.payload.shape import shape
from dispatcher.destinations.payload.text import UnsendableError, json_text
from dispatcher.parcel import Parcel
from tests.fuzz.target import CANARY, Target, only, promised
from tests.support.aws_wire import TARGETS, Wire, destination
from tests.support.dispatcher import NOW, payload, route

SCHEMA = json.dumps(
    {
        "type": "record",
        "name": "Event",
        "fields": [
            {"name": "codigo", "type": "int"},
            {"name": "event_id", "type": "string"},
            {"name": "more", "type": {"type": "map", "values": ["null", "double", "bytes", "string"]}},
            {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        ],
    }
)
AVRO = b"\x54\x06e-1\x02\x02k\x04\x04\xff\x00\x00\x80\xd0\xe8\xb5\xd5\x66"
"""A payload of SCHEMA."""
CONFLUENT, GLUE = b"\x00\x00\x00\x00\x01", b"\x03\x00" + b"\x11" * 16


PARSED = avro.parse(Registered(SCHEMA))
TREE = avro.parse(
    Registered(
        json.dumps(
            {"type": "record", "name": "T", "fields": [{"name": "codigo", "type": ["null", "int", "string", "T"]}]}
        )
    )
)
"""A record within itself, as deep as a payload makes it."""
PROTO = ProtobufSchema(
    Registered(
        """syntax = "proto3";
        import "google/protobuf/timestamp.proto";
        import "google/protobuf/struct.proto";
        import "google/protobuf/any.proto";
        message Other { int32 a = 1; }
        message Event {
          string codigo = 1; google.protobuf.Timestamp at = 2; bytes raw = 3; map<int32, Event> inner = 4;
          google.protobuf.Struct extra = 5; google.protobuf.Any any = 6; repeated float load = 7;
        }"""
    )
)
PROTOBUF = b"\x02\x02\x0a\x04STOP\x12\x06\x08\x80\xb5\x8e\xd8\x06\x1a\x02\xff\x00"
"""A payload of PROTO: the second message."""


def _avro(unwrap: Callable[[bytes], Written], schema: avro.AvroSchema = PARSED) -> Decode:
    return lambda value: avro.decode(unwrap(value).payload, schema)


def _protobuf(unwrap: Callable[[bytes], Written], which: Callable[[bytes], message_index.Indexed]) -> Decode:
    def decode(value: bytes) -> Decoded:
        message = which(unwrap(value).payload)
        return protobuf.decode(message.payload, PROTO.message_type(message.which))

    return decode


def _contract(decode: Decode | None = None, **fields: Any) -> Callable[[Record], Content]:
    """Return the reader of a contract; `decode` stands for a registry that has one schema under each name."""
    contract = MessageContract.model_validate(fields)
    return reader(contract, decode or (decoder(contract) if contract.registry else None))


NESTED: dict[str, Any] = {"code": "data.type", "id": "header.id", "entity": "key", "time": "data.at", "required": []}
READERS = (
    read_fleet,
    _contract(),
    _contract(format="json", **NESTED),
    _contract(format="json-envelope", required=["code", "id", "time"]),
    _contract(format="raw", code="header.kind"),
    _contract(format="json", registry="http://registry"),
    _contract(_avro(confluent), format="avro", registry="http://registry", required=[]),
    _contract(_avro(glue), format="avro", registry="glue", required=[]),
    _contract(_avro(glue, TREE), format="avro", registry="glue", required=[]),
    _contract(_protobuf(confluent, message_index.confluent), format="protobuf", registry="http://r", required=[]),
    _contract(_protobuf(glue, message_index.glue), format="protobuf", registry="glue", required=[]),
)
SHAPES = (
    DestinationSpec(type="sqs", pick=("codigo", "data.type"), rename={"codigo": "data.code"}),
    DestinationSpec(type="sqs", drop=("event_id",), mask=("truck_id", "data"), mask_key="k", envelope="cloudevents"),
)
RESHAPES = tuple(map(shape, SHAPES))
DESTINATIONS = tuple(destination(kind, Wire()) for kind in TARGETS)
ROUTES = (route(), route("packed", pack=10))


def check(data: bytes) -> None:
    """Read what follows the first byte, which chooses the contract; then put it into every destination's entry."""
    if not data:
        return
    value = data[1:]
    record = Record(
        "arn:aws:kafka:us-east-1:1:cluster/c/1", "t-0", "t", 0, 7, NOW - 1_000, b"k", value, [{"id": list(value[-9:])}]
    )
    with only(MalformedMessageError):
        content = READERS[data[0] % len(READERS)](record)
        _send(record, content)


def _send(record: Record, content: Content) -> None:
    promised(content.code is None or isinstance(content.code, int | str), "a code is a number or a text")
    if isinstance(content.time, str | int | float):
        written_ms(content.time)
    for way in ROUTES:
        parcel = Parcel(record, "c-1", way, content.event_id or record.id, content=content)
        if content.document is not None or content.json is not None:
            json.loads(json_text(parcel))  # it is put into JSON as it stands
        for where in DESTINATIONS:
            with only(UnsendableError):
                where.make([parcel])
        for reshape in RESHAPES:
            with only(UnsendableError, MalformedMessageError):
                changed = reshape(parcel)
                if changed.content is not None and changed.content.text is not None:
                    with only(UnreadableError):
                        list(unpacked(changed.content.text))


TARGET = Target(
    check,
    [
        b"\x00" + payload(300, truck_id=CANARY),
        b"\x01" + payload(300, note=CANARY),
        b"\x02" + json.dumps({"data": {"type": "STOP", "at": 1_795_359_600}, "x": CANARY}).encode(),
        b"\x03" + json.dumps({"payload": json.loads(payload()), "x": CANARY}).encode(),
        b"\x04" + CANARY.encode(),
        b"\x05" + CONFLUENT + payload(300),
        b"\x06" + CONFLUENT + AVRO,
        b"\x07" + GLUE + AVRO,
        b"\x08" + GLUE + b"\x06" * 9 + b"\x00",
        b"\x09" + CONFLUENT + PROTOBUF,
        b"\x0a" + GLUE + b"\x00" + PROTOBUF[2:],
    ],
    [
        f'"{CANARY}"'.encode(), CANARY.encode(), b'"codigo"', b'"event_id"', b'"data"', b'"type"', b"1795359600",
        CONFLUENT, GLUE,
    ],
)  # fmt: skip
