"""Encodes Avro, by fastavro."""

import io
import re
from typing import Any

import fastavro
from fastavro.validation import ValidationError, validate

from comboio.message.registry.avro_references import whole
from comboio.message.registry.registry import Registered
from producer.schema.avro_datum import WrongValueError, converter
from producer.schema.encode import Encode, NoMatchError, SchemaError, document, prefix

MISSING = re.compile(r"Field (\S{1,200}) is specified in the schema but missing")
MORE = "record contains more fields"
"""What fastavro says, by its own words, before the field's name."""


def encoder(registered: Registered, schema_id: int) -> Encode:
    """Return what encodes by a schema.

    Raises:
        SchemaError: it is no Avro schema.
    """
    try:
        schema = fastavro.parse_schema(whole(registered))
        convert = converter(schema)
    except Exception as error:  # a registry may hold anything
        raise SchemaError(
            f"The registry's schema {schema_id} cannot be used as Avro ({type(error).__name__}). Check which schema "
            "the subject has, and that the registry has all that it refers to."
        ) from None
    before = prefix(schema_id)

    def encode(value: bytes) -> bytes:
        datum = document(value)
        try:
            datum = datum if convert is None else convert(datum)
            stream = io.BytesIO(before)
            stream.seek(len(before))
            fastavro.schemaless_writer(stream, schema, datum, strict_allow_default=True)
            validate(datum, schema, strict=True)  # what writes takes true for 1, and numbers that are too large
            return stream.getvalue()
        except WrongValueError as error:
            raise NoMatchError(error.field, error.what) from None
        except Exception as error:  # whatever a message makes the library do, the next one goes on
            raise _no_match(error, datum, schema) from None

    return encode


def _no_match(error: Exception, datum: Any, schema: Any) -> NoMatchError:
    """Name the field, within its record, and the types that it may be of."""
    try:
        validate(datum, schema, strict=True)
    except ValidationError as found:
        wrong = found.errors[0]
        if isinstance(wrong.datum, dict) and (missing := MISSING.match(str(error))):
            return NoMatchError(missing[1], "its Avro schema requires it, and it is missing")
        kinds = " or ".join(dict.fromkeys(_kind(each.schema) for each in found.errors if each.field == wrong.field))
        return NoMatchError(".".join(str(wrong.field or "").split(".")[-2:]), f"its Avro schema wants {kinds[:200]}")
    except Exception as unnamed:
        error = unnamed
    if str(error).startswith(MORE):
        return NoMatchError("", "it has a field that its Avro schema has not")
    return NoMatchError("", f"it is not what its Avro schema says ({type(error).__name__})")


def _kind(schema: Any) -> str:
    if isinstance(schema, list):
        return " or ".join(map(_kind, schema))
    if not isinstance(schema, dict):
        return str(schema)
    return str(schema.get("logicalType") or schema.get("name") or schema["type"])
