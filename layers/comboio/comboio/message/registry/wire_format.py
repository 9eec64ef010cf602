"""How a payload names its schema: a few bytes before it, by the serializers of Confluent and of AWS Glue.

Sources: Confluent Schema Registry, "Wire format" (0, then the id as 4 bytes, most significant first); AWS Glue Schema
Registry, the serializer's AWSSchemaRegistryConstants (3, then 0 for none or 5 for zlib, then the 16 bytes of the schema
version's UUID).
"""

import zlib
from typing import NamedTuple
from uuid import UUID

from comboio.contract.message import MalformedMessageError

CONFLUENT = 0
GLUE = 3
_ZLIB = 5

MAX_INFLATED = 16 * 1024 * 1024
"""Bytes of a payload after decompression: more than Kafka and Lambda ever carry, so that none can fill the memory."""


class Written(NamedTuple):
    """A payload and the name of its schema."""

    schema: str
    """Confluent's number, or Glue's UUID, as text."""
    payload: bytes


def confluent(value: bytes) -> Written:
    """Read a value that a serializer of Confluent wrote.

    Raises:
        MalformedMessageError: it names no schema.
    """
    if len(value) < 5 or value[0] != CONFLUENT:
        raise MalformedMessageError("payload: it does not begin with a schema's id, as Confluent's serializers do")
    return Written(str(int.from_bytes(value[1:5])), value[5:])


def glue(value: bytes) -> Written:
    """Read a value that a serializer of AWS Glue wrote.

    Raises:
        MalformedMessageError: it names no schema, or is compressed in a way that cannot be read.
    """
    if len(value) < 18 or value[0] != GLUE or value[1] not in (0, _ZLIB):
        raise MalformedMessageError("payload: it does not begin with a schema version's id, as Glue's do")
    payload = value[18:]
    if value[1] == _ZLIB:
        inflate = zlib.decompressobj()
        try:
            payload = inflate.decompress(payload, MAX_INFLATED)
        except zlib.error:
            raise MalformedMessageError("payload: it says that it is compressed, and is not") from None
        if not inflate.eof:
            raise MalformedMessageError("payload: it is cut off, or larger than 16 MiB when it is decompressed")
    return Written(str(UUID(bytes=value[2:18])), payload)
