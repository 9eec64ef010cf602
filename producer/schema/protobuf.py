"""Encodes Protobuf, by google's package: a message from its JSON form (protobuf.dev, "ProtoJSON Format")."""

import re
from typing import Any

from google.protobuf import json_format

from comboio.message.registry.protobuf_schema import ProtobufSchema
from comboio.message.registry.registry import Registered, RegistryUnavailableError
from producer.schema.encode import Encode, NoMatchError, SchemaError, document, prefix
from producer.schema.protobuf_bytes import any_bytes, check_bytes

FIELD = re.compile(r"Failed to parse (\S{1,200}) field")
AT = re.compile(r'at "?[A-Za-z_0-9]{1,100}\.([A-Za-z_0-9.]{1,200}?)"?\.?$', re.MULTILINE)
UNKNOWN = re.compile(r'Message type "([^"]{1,200})" has no field named')


def encoder(registered: Registered, schema_id: int, record: str) -> Encode:
    """Return what encodes by a message of a .proto file: `record` is its full name, or empty for the first.

    Raises:
        SchemaError: it is no .proto file that can be used, or has no such message.
        RegistryUnavailableError: the registry gave text, and what reads it is not there.
    """
    try:
        schema = ProtobufSchema(registered)
        file = schema.message_type((0,)).new.DESCRIPTOR.file
    except RegistryUnavailableError:
        raise
    except Exception as error:  # a registry may hold anything
        raise SchemaError(
            f"The registry's schema {schema_id} cannot be used as Protobuf ({type(error).__name__}). Check which "
            "schema the subject has, and that the registry has all that it imports."
        ) from None
    index = _index(list(file.message_types_by_name.values()), record) if record else (0,)
    if index is None:
        raise SchemaError(f"The registry's schema {schema_id} has no message {record}. Check PRODUCER_SCHEMA_RECORD.")
    message_type = schema.message_type(index)
    before = prefix(schema_id) + _written(index)
    has_bytes = any_bytes(message_type.new.DESCRIPTOR)

    def encode(value: bytes) -> bytes:
        found = document(value)
        message = message_type.new()
        if not isinstance(found, dict):
            raise NoMatchError("", f"it is not what {message_type.name} says")
        if has_bytes:
            check_bytes(message.DESCRIPTOR, found)
        try:
            json_format.ParseDict(found, message)
        except Exception as error:  # whatever a message makes the library do, the next one goes on
            raise _no_match(str(error), message_type.name) from None
        if missing := message.FindInitializationErrors():
            raise NoMatchError(missing[0], f"{message_type.name} requires it, and it is missing")
        return before + bytes(message.SerializeToString())

    return encode


def _index(messages: list[Any], name: str) -> tuple[int, ...] | None:
    """Return the places that lead to a message, as Confluent counts them: without the entries of maps."""
    for place, each in enumerate(messages):
        if each.full_name == name:
            return (place,)
        if name.startswith(f"{each.full_name}."):
            nested = [inner for inner in each.nested_types if not inner.GetOptions().map_entry]
            inside = _index(nested, name)
            return None if inside is None else (place, *inside)
    return None


def _written(index: tuple[int, ...]) -> bytes:
    """Return the indexes as zigzag varints, with their number before them; a single 0 stands for the first message."""
    return b"\0" if index == (0,) else b"".join(map(_varint, (len(index), *index)))


def _varint(number: int) -> bytes:
    rest, written = number << 1, b""
    while rest > 0x7F:
        written += bytes([rest & 0x7F | 0x80])
        rest >>= 7
    return written + bytes([rest])


def _no_match(said: str, name: str) -> NoMatchError:
    """Name the field by the schema's own words; what the package says beside them is the message's."""
    unknown = UNKNOWN.search(said)
    at = AT.search(said)
    field = at[1] if at else ".".join(FIELD.findall(said[: unknown.start()] if unknown else said))
    if unknown:
        return NoMatchError(field, f"it has a field that {unknown[1]} has not")
    return NoMatchError(field, f"it is not what {name} says")
