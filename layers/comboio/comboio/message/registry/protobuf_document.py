"""What a Protobuf message says, in plain values, by the names of its .proto file.

It is Protobuf's JSON mapping (protobuf.dev, "ProtoJSON Format") but for what would surprise beside Avro: fields keep
their own names, 64-bit numbers are numbers, and an Any stays packed.
"""

from collections.abc import Callable
from struct import Struct
from typing import Any, NamedTuple

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from comboio.contract.message import MalformedMessageError

Convert = Callable[[Any], Any]

_FLOAT = Struct("<f")

WRITTEN = frozenset(f"google.protobuf.{name}" for name in ("Timestamp", "Duration", "FieldMask"))
"""Types that JSON has as text: times in ISO 8601, spans as seconds, names with commas between them."""

JSON = frozenset(f"google.protobuf.{name}" for name in ("Struct", "Value", "ListValue"))
"""Types that hold JSON."""

_WRAPPED = frozenset(
    f"google.protobuf.{name}Value"
    for name in ("Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes")
)
"""Types that stand for the value in them."""


class Field(NamedTuple):
    """How a field is read."""

    name: str
    descriptor: FieldDescriptor
    presence: bool
    """Whether it may be absent; one that may not has its default where nothing was written."""
    convert: Convert | None
    """None: its value is plain already."""


class Documents:
    """Makes documents of messages; how a type of message is read is found out once."""

    def __init__(self) -> None:
        self._types: dict[str, list[Field]] = {}

    def of(self, message: Message) -> Any:
        """Return what a message says.

        Raises:
            MalformedMessageError: a field holds what cannot be said, such as a time in the year 10000.
        """
        message_type: Any = message.DESCRIPTOR  # of the C implementation, of which the types do not know that it is one
        found = {}
        for field in self._types.get(message_type.full_name) or self._fields(message_type):
            if field.presence and not message.HasField(field.name):
                continue
            value = getattr(message, field.name)
            found[field.name] = value if field.convert is None else _converted(field, value)
        if message_type.is_extendable:
            for extension, value in message.ListFields():
                if extension.is_extension:
                    convert = self._convert(extension)
                    found[f"[{extension.full_name}]"] = value if convert is None else convert(value)
        return found

    def _fields(self, message_type: Descriptor) -> list[Field]:
        fields = [Field(each.name, each, each.has_presence, self._convert(each)) for each in message_type.fields]
        self._types[message_type.full_name] = fields
        return fields

    def _convert(self, field: FieldDescriptor) -> Convert | None:
        message_type = field.message_type
        if message_type is not None and message_type.GetOptions().map_entry:
            value = self._one(message_type.fields_by_name["value"]) or _same
            return lambda found: {key: value(found[key]) for key in found}
        one = self._one(field)
        if not field.is_repeated:
            return one
        return list if one is None else lambda found: [one(each) for each in found]

    def _one(self, field: FieldDescriptor) -> Convert | None:
        """Return what converts one value of a field."""
        if field.enum_type is not None:
            if field.enum_type.full_name == "google.protobuf.NullValue":
                return lambda _: None
            names = {value.number: value.name for value in reversed(field.enum_type.values)}
            return lambda number: names.get(number, number)
        if field.message_type is None:
            return _shortest if field.type == FieldDescriptor.TYPE_FLOAT else None
        if field.message_type.full_name in WRITTEN:
            return lambda found: found.ToJsonString()
        if field.message_type.full_name in JSON:
            return json_format.MessageToDict
        if field.message_type.full_name in _WRAPPED:
            inner = self._one(field.message_type.fields_by_name["value"]) or _same
            return lambda found: inner(found.value)
        return self.of


def _converted(field: Field, value: Any) -> Any:
    assert field.convert is not None  # noqa: S101 its caller asked
    try:
        return field.convert(value)
    except MalformedMessageError:
        raise
    except Exception as error:
        raise MalformedMessageError(
            f"{field.descriptor.full_name}: it cannot be said in JSON ({type(error).__name__})"
        ) from None


def _same(value: Any) -> Any:
    return value


def _shortest(value: float) -> float:
    """Return the shortest number that a 32-bit float was written from: 0.1, not 0.10000000149011612."""
    for digits in (6, 7, 8):
        short = float(f"{value:.{digits}g}")
        if _FLOAT.unpack(_FLOAT.pack(short))[0] == value:
            return short
    return float(f"{value:.9g}")
