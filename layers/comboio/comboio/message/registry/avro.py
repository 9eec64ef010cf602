"""Decodes Avro, by fastavro, which comes in a layer of the user's."""

import io
import json
from typing import Any

from pydantic_core import from_json, to_json

from comboio.contract.message import MalformedMessageError
from comboio.errors import ConfigurationError
from comboio.message.formats import Decoded
from comboio.message.registry.registry import Registered


class NoAvroError(ConfigurationError):
    """fastavro is not there."""


def check() -> None:
    """Check that Avro can be decoded.

    Raises:
        NoAvroError: fastavro is not there.
    """
    _fastavro()


def parse(registered: Registered) -> Any:
    """Return a schema that can be read by.

    Raises:
        NoAvroError: fastavro is not there.
        Exception: the text is no Avro schema.
    """
    return _fastavro().parse_schema(json.loads(registered.text))


def decode(payload: bytes, schema: Any) -> Decoded:
    """Decode a payload by its writer's schema. Downstream it is JSON: bytes are base64url, times ISO 8601.

    Raises:
        MalformedMessageError: it was not written by this schema.
    """
    stream = io.BytesIO(payload)
    try:
        found = _fastavro().schemaless_reader(stream, schema, None)
        rest = stream.read(1)
        text = to_json(found, bytes_mode="base64", inf_nan_mode="strings").decode()
    except NoAvroError:
        raise
    except Exception as error:
        raise MalformedMessageError(
            f"payload: it is not Avro of the schema that it names ({type(error).__name__})"
        ) from None
    if rest:
        raise MalformedMessageError("payload: it is longer than its Avro schema says")
    return Decoded(from_json(text), text)


def _fastavro() -> Any:
    try:
        import fastavro
    except ImportError:
        raise NoAvroError(
            "A contract has `format` avro, and fastavro is not there. Add a layer with it to the function "
            "(docs/how-to/route.md), or let the event source mapping decode (SchemaRegistryConfig)."
        ) from None
    return fastavro
