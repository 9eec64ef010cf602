"""Payloads that name their schema: Avro and JSON, as Confluent and Glue write them."""

import io
import json
import zlib
from contextlib import suppress
from typing import Any
from uuid import UUID

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.contract.message import MalformedMessageError
from comboio.message.contract import MessageContract
from comboio.message.formats import Decoded
from comboio.message.registry.decoder import decoder
from comboio.message.registry.registry import Registered, RegistryUnavailableError

SCHEMA = {
    "type": "record",
    "name": "Event",
    "fields": [
        {"name": "kind", "type": "string"},
        {"name": "vehicle", "type": {"type": "record", "name": "V", "fields": [{"name": "id", "type": "long"}]}},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "raw", "type": "bytes"},
        {"name": "speed", "type": ["null", "double"]},
    ],
}
EVENT = {"kind": "STOP", "vehicle": {"id": 7}, "at": 1_795_359_600_000, "raw": b"\xff", "speed": None}
VERSION = UUID("0f6ab2c4-4b0c-4a55-9f5e-2c1e5f8d9a10")


class Source:
    """A registry in memory."""

    def __init__(self, *, away: bool = False) -> None:
        self.away = away

    def schema(self, name: str, timeout_s: float) -> Registered | None:
        """See SchemaSource."""
        if self.away:
            raise RegistryUnavailableError("away")
        return Registered(json.dumps(SCHEMA)) if name in ("42", str(VERSION)) else None


def avro(event: dict[str, Any]) -> bytes:
    """Return an event in Avro."""
    stream = io.BytesIO()
    fastavro.schemaless_writer(stream, fastavro.parse_schema(SCHEMA), event)
    return stream.getvalue()


def decoded(value: bytes, registry: str = "http://registry", source: Source | None = None, **more: Any) -> Decoded:
    """Decode a payload by a contract with a registry."""
    contract = MessageContract.model_validate({"format": "avro", "registry": registry, **more})
    return decoder(contract, source or Source())(value)


def confluent(payload: bytes, schema: int = 42) -> bytes:
    """Return a payload with Confluent's prefix."""
    return b"\0" + schema.to_bytes(4) + payload


@pytest.mark.parametrize(
    ("value", "registry"),
    [
        (confluent(avro(EVENT)), "http://registry"),
        (b"\x03\0" + VERSION.bytes + avro(EVENT), "glue"),
        (b"\x03\x05" + VERSION.bytes + zlib.compress(avro(EVENT)), "glue"),
    ],
)
def test_avro_becomes_json(value: bytes, registry: str) -> None:
    """By either registry's wire format; a destination is sent JSON, and the same is looked into."""
    found = decoded(value, registry)
    assert found.text is not None
    assert json.loads(found.text) == found.document
    assert found.document == {
        "kind": "STOP", "vehicle": {"id": 7}, "at": "2026-11-22T15:00:00Z", "raw": "_w==", "speed": None,
    }  # fmt: skip


def test_json_with_a_schema_loses_its_prefix() -> None:
    """What follows the id is the payload, whatever its schema, so the registry is not asked."""
    found = decoded(confluent(b'{"codigo": 7}'), source=Source(away=True), format="json")
    assert (found.document, found.text) == ({"codigo": 7}, '{"codigo": 7}')


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize(
    ("value", "registry", "says"),
    [
        (b"", "http://registry", "schema's id"),
        (b"{}", "http://registry", "schema's id"),
        (confluent(avro(EVENT), 43), "http://registry", "no schema 43"),
        (confluent(avro(EVENT)[:-1]), "http://registry", "not Avro"),
        (confluent(avro(EVENT) + b"x"), "http://registry", "longer"),
        (confluent(b"\xff" * 20), "http://registry", "not Avro"),
        (b"\x03\0" + b"short", "glue", "version's id"),
        (b"\x03\x07" + VERSION.bytes, "glue", "version's id"),
        (b"\x03\x05" + VERSION.bytes + b"not zlib", "glue", "compressed"),
        (b"\x03\x05" + VERSION.bytes + zlib.compress(b"\0" * 17 * 1024 * 1024), "glue", "16 MiB"),
        (b"\x03\x05" + VERSION.bytes + zlib.compress(avro(EVENT))[:-6], "glue", "cut off"),
    ],
)
def test_what_cannot_be_decoded_is_malformed(value: bytes, registry: str, says: str) -> None:
    """Each says what is wrong, and quotes nothing."""
    with pytest.raises(MalformedMessageError, match=says):
        decoded(value, registry)


class Recursive(Source):
    """A registry with a schema without a deepest place, in each form that one can have."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self._form = form

    def schema(self, name: str, timeout_s: float) -> Registered | None:
        """See SchemaSource."""
        inner = {"type": "record", "name": "I", "fields": [{"name": "n", "type": json.loads(self._form)}]}
        fields = [{"name": "n", "type": ["null", inner]}]
        return Registered(json.dumps({"type": "record", "name": "N", "namespace": "fleet", "fields": fields}))


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize("depth", [50, 199, 200, 900, 100_000])
@pytest.mark.parametrize(
    ("form", "level"),
    [
        ('["null", "N"]', b"\x02\x02"),
        ('{"type": "array", "items": "I"}', b"\x02\x02"),
        ('{"type": "map", "values": ["fleet.N"]}', b"\x02\x02\0\0"),
    ],
)
def test_depth_is_malformed_and_ends_no_process(form: str, level: bytes, depth: int) -> None:
    """As deep as JSON is read, and so deep that fastavro's C code would be out of stack."""
    with suppress(MalformedMessageError):
        assert decoded(confluent(level * depth + b"\0" * 2 * depth), source=Recursive(form)).text


@pytest.mark.robustness("input of any shape")
@given(st.binary(max_size=60))
def test_no_bytes_break_the_decoder(payload: bytes) -> None:
    """Any payload is decoded, or is malformed."""
    with suppress(MalformedMessageError):
        decoded(confluent(payload))


def test_a_registry_that_is_away_makes_nothing_malformed() -> None:
    """The error is the registry's, so that the record waits."""
    with pytest.raises(RegistryUnavailableError):
        decoded(confluent(avro(EVENT)), source=Source(away=True))


@pytest.mark.parametrize(
    ("contract", "says"),
    [
        ({"format": "avro"}, "avro needs a `registry`"),
        ({"format": "protobuf"}, "protobuf needs a `registry`"),
        ({"format": "raw", "registry": "glue"}, "raw has no `registry`"),
        ({"format": "avro", "registry": "ftp://x"}, "http"),
    ],
)
def test_a_wrong_registry_stops_the_table(contract: dict[str, str], says: str) -> None:
    """Each says what would be right."""
    with pytest.raises(ValueError, match=says):
        MessageContract.model_validate(contract)
