"""Which message of a .proto file a payload is: the varints that stand between the schema's id and the message.

Sources: Confluent Schema Registry, "Wire format" (the number of indexes and the indexes, as zigzag varints; a single 0
stands for the first message); AWS Glue Schema Registry, the serializer's ProtobufWireFormatEncoder and
MessageIndexFinder (one varint: the place among the full names of all messages, sorted).
"""

from typing import NamedTuple

from comboio.contract.message import MalformedMessageError

MOST_DEPTH = 32
"""Of messages within messages, as the compiler of .proto files allows it."""

_VARINT_BYTES = 5
"""Of a varint of 32 bits."""

Index = tuple[int, ...] | int
"""Confluent's: the places that lead to a message, from the outermost; Glue's: its place among the sorted names."""


class Indexed(NamedTuple):
    """A message, and which one of its schema it is."""

    which: Index
    payload: bytes


def confluent(payload: bytes) -> Indexed:
    """Read what follows the id, by Confluent's serializers.

    Raises:
        MalformedMessageError: it does not say which message it is.
    """
    number, place = _varint(payload, 0)
    length = _signed(number)
    if length == 0:
        return Indexed((0,), payload[place:])
    if not 0 < length <= MOST_DEPTH:
        raise _unnamed()
    indexes = []
    for _ in range(length):
        number, place = _varint(payload, place)
        indexes.append(_signed(number))
    return Indexed(tuple(indexes), payload[place:])


def glue(payload: bytes) -> Indexed:
    """Read what follows the id, by Glue's serializers.

    Raises:
        MalformedMessageError: it does not say which message it is.
    """
    number, place = _varint(payload, 0)
    return Indexed(number, payload[place:])


def _varint(payload: bytes, place: int) -> tuple[int, int]:
    """Return a number, and where it ends."""
    number = 0
    for count, byte in enumerate(payload[place : place + _VARINT_BYTES]):
        number |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return number, place + count + 1
    raise _unnamed()


def _signed(number: int) -> int:
    """Return the number that a zigzag varint stands for."""
    return (number >> 1) ^ -(number & 1)


def _unnamed() -> MalformedMessageError:
    return MalformedMessageError(
        "payload: it does not say which message of its schema it is, as Protobuf serializers do after the schema's id"
    )
