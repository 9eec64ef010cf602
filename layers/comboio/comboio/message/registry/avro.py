"""Decodes Avro, by fastavro, which comes in a layer of its own."""

import io
from collections.abc import Callable
from typing import Any, NamedTuple

from pydantic_core import from_json, to_json

from comboio.contract.message import MalformedMessageError
from comboio.errors import ConfigurationError
from comboio.message.formats import Decoded
from comboio.message.registry.avro_references import whole
from comboio.message.registry.registry import Registered


class NoAvroError(ConfigurationError):
    """fastavro is not there."""


def check() -> None:
    """Check that Avro can be decoded.

    Raises:
        NoAvroError: fastavro is not there.
    """
    _fastavro()


class AvroSchema(NamedTuple):
    """A schema, and what reads by it."""

    parsed: Any
    read: Callable[[io.BytesIO, Any, None], Any]


def parse(registered: Registered) -> AvroSchema:
    """Return a schema that can be read by.

    Raises:
        NoAvroError: fastavro is not there.
        Exception: the text is no Avro schema.
    """
    fastavro = _fastavro()
    parsed = fastavro.parse_schema(whole(registered))
    if _recursive(parsed):  # a payload of a few KB can be so deep that fastavro's C ends the process; its Python raises
        from fastavro import _read_py

        return AvroSchema(parsed, _read_py.schemaless_reader)
    return AvroSchema(parsed, fastavro.schemaless_reader)


def decode(payload: bytes, schema: AvroSchema) -> Decoded:
    """Decode a payload by its writer's schema. Downstream it is JSON: bytes are base64url, times ISO 8601.

    Raises:
        MalformedMessageError: it was not written by this schema.
    """
    stream = io.BytesIO(payload)
    try:
        found = schema.read(stream, schema.parsed, None)
        rest = stream.read(1)
        text = to_json(found, bytes_mode="base64", inf_nan_mode="strings").decode()
        document = from_json(text)
    except Exception as error:
        raise MalformedMessageError(
            f"payload: it is not Avro of the schema that it names ({type(error).__name__})"
        ) from None
    if rest:
        raise MalformedMessageError("payload: it is longer than its Avro schema says")
    return Decoded(document, text)


def _recursive(schema: Any, around: frozenset[str] = frozenset()) -> bool:
    """Return whether a type has itself within it; `around` are the records that this part stands in."""
    if isinstance(schema, str):
        return schema in around
    if isinstance(schema, list):
        return any(_recursive(each, around) for each in schema)
    if "fields" in schema:
        around |= {schema["name"]}
        return any(_recursive(each["type"], around) for each in schema["fields"])
    return any(_recursive(schema[part], around) for part in ("type", "items", "values") if part in schema)


def _fastavro() -> Any:
    try:
        import fastavro
    except ImportError:
        raise NoAvroError(
            "A contract has `format` avro, and fastavro is not there. Build the schema layer, publish it and "
            "deploy with its SchemaLayerArn (docs/how-to/adopt.md), or let the event source mapping decode "
            "(SchemaRegistryConfig)."
        ) from None
    return fastavro
