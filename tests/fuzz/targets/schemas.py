"""What a schema registry answers, and messages under its schemas: used, or refused without a value of theirs."""

import json
from collections.abc import Callable

from comboio.aws.http import Answer
from comboio.contract.message import MalformedMessageError
from comboio.message.contract import MessageContract
from comboio.message.registry.confluent import ConfluentRegistry
from comboio.message.registry.decoder import decoder
from comboio.message.registry.registry import Registered, RegistryUnavailableError
from comboio.message.registry.registry_api import RegistryApi
from producer.schema import avro, json_schema, protobuf
from producer.schema.encode import Encode, NoMatchError, SchemaError, prefix
from producer.schema.registry import Subjects, Wanted
from tests.fuzz.target import CANARY, Target, only, promised

URL = "http://127.0.0.1:9"
MOST_LINES = 4

KINDS: tuple[tuple[str, str, Callable[[Registered, int], Encode]], ...] = (
    ("AVRO", "avro", avro.encoder),
    ("JSON", "json", json_schema.encoder),
    ("PROTOBUF", "protobuf", lambda registered, number: protobuf.encoder(registered, number, "")),
)
"""The registry's name of a kind, the dispatcher's, and what encodes by it."""


class _Http:
    """Answers as a registry would: of a subject, of a schema's id, and of what that refers to."""

    def __init__(self, subject: bytes, schema: bytes, imported: bytes) -> None:
        self._subject, self._schema, self._imported = subject, schema, imported

    def get(self, path: str, headers: dict[str, str], timeout_s: float) -> Answer:
        if path.startswith("/schemas/"):
            return Answer(200, self._schema)
        return Answer(200, self._subject if "/versions/latest" in path else self._imported)


def _registry(http: _Http) -> tuple[RegistryApi, ConfluentRegistry]:
    api, registry = RegistryApi(URL), ConfluentRegistry(URL)
    api._http = http  # type: ignore[assignment]  # a fake
    registry._api = api
    return api, registry


def check(data: bytes) -> None:
    """Ask a registry whose answers are the first three lines, behind a byte for the kind; the others are messages."""
    if not data:
        return
    kind, name, encoder = KINDS[data[0] % len(KINDS)]
    subject, schema, imported, *lines = (*data[1:].split(b"\n", 3 + MOST_LINES), b"", b"", b"")[: 3 + MOST_LINES]
    api, registry = _registry(_Http(subject, schema, imported))
    shown = CANARY.encode() in subject + schema + imported  # the words of a schema are in errors
    secret = "\0" if shown else CANARY
    with only(RegistryUnavailableError, SchemaError, secret=secret):
        subjects = Subjects(api, registry, 1.0, lambda: 0.8, lambda seconds: None)
        number = subjects.schema_id("t-value", Wanted(kind, "latest"))
        encode = encoder(subjects.schema(number), number)
        for line in lines:
            with only(NoMatchError, secret=secret):
                promised(encode(line).startswith(prefix(number)), "a message names its schema")
    contract = MessageContract.model_validate({"format": name, "registry": URL, "required": []})
    decode = decoder(contract, registry)
    for line in lines:
        with only(MalformedMessageError, RegistryUnavailableError, secret=secret):
            json.loads(decode(b"\0\0\0\0\1" + line).text or "null")


AVRO = {
    "type": "record",
    "name": "Event",
    "fields": [
        {"name": "codigo", "type": "int"},
        {"name": "id", "type": ["null", "string", "Event"]},
        {"name": "raw", "type": "bytes", "default": ""},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}, "default": 0},
        {"name": "more", "type": {"type": "map", "values": "Other"}, "default": {}},
    ],
}
OTHER = {"type": "enum", "name": "Other", "symbols": ["A", "B"]}
JSON = {
    "type": "object",
    "properties": {
        "codigo": {"type": "integer", "minimum": 1},
        "id": {"type": "string", "pattern": "^[a-z]+$"},
        "more": {"$ref": "other.json"},
        "within": {"$ref": "#"},
    },
    "required": ["codigo"],
}
PROTO = """syntax = "proto3"; import "other.proto";
message Event { int32 codigo = 1; string id = 2; bytes raw = 3; map<string, Other> more = 4; Event within = 5; }"""
LINES = (
    b'{"codigo":300,"id":"x","raw":"eA==","at":"2026-11-29T15:00:00Z","more":{}}\n'
    b'{"codigo":"%b"}\n{"codigo":1,"within":{"codigo":2},"id":null}\n\x00\x08\x01' % CANARY.encode()
)


def _seed(kind: int, schema: str, other: str, name: str) -> bytes:
    references = [{"name": name, "subject": "other", "version": 1}]
    answers = (
        {"id": 1, "version": 3, "schemaType": KINDS[kind][0]},
        {"schema": schema, "references": references},
        {"schema": other, "references": []},
    )
    return bytes([kind]) + b"".join(json.dumps(answer).encode() + b"\n" for answer in answers) + LINES


TARGET = Target(
    check,
    [
        _seed(0, json.dumps(AVRO), json.dumps(OTHER), "Other"),
        _seed(1, json.dumps(JSON), '{"type":"array","items":{"type":"number"}}', "other.json"),
        _seed(2, PROTO, 'syntax = "proto3"; message Other { repeated double a = 1; }', "other.proto"),
    ],
    [
        f'"{CANARY}"'.encode(), b'"codigo"', b'"schema"', b'"references"', b'"schemaType"', b'"id"', b'\\"type\\"',
        b'\\"record\\"', b'\\"Event\\"', b'\\"$ref\\"', b'\\"#\\"', b'\\"fixed\\"', b'\\"decimal\\"', b'\\"array\\"',
        b"\n",
    ],
)  # fmt: skip
