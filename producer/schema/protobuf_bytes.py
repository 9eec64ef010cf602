"""Checks the base64 in a document: google's package skips what is none, and the bytes would be others."""

import re
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from producer.schema.encode import NoMatchError

BASE64 = re.compile(r"([A-Za-z0-9+/]{4}|[A-Za-z0-9_-]{4})*([A-Za-z0-9+/_-]{2}(==)?|[A-Za-z0-9+/_-]{3}=?)?")
"""Of either alphabet, with or without what fills it up."""


def any_bytes(message_type: Any, seen: frozenset[str] = frozenset()) -> bool:
    """Return whether a type of message has bytes, or one within it has."""
    if message_type.full_name in seen:
        return False
    seen |= {message_type.full_name}
    return any(
        field.type == FieldDescriptor.TYPE_BYTES or (field.message_type and any_bytes(field.message_type, seen))
        for field in message_type.fields
    )


def check_bytes(message_type: Any, document: Any) -> None:
    """Check each text of a document that becomes bytes.

    Raises:
        NoMatchError: one is no base64.
    """
    if not isinstance(document, dict):
        return
    for field in message_type.fields:
        for name in {field.name, field.json_name} & document.keys():
            inside, value = field, document[name]
            if field.message_type and field.message_type.GetOptions().map_entry:
                inside = field.message_type.fields_by_name["value"]
                value = [*value.values()] if isinstance(value, dict) else value
            for each in value if isinstance(value, list) else [value]:
                if inside.message_type:
                    check_bytes(inside.message_type, each)
                elif inside.type == FieldDescriptor.TYPE_BYTES and isinstance(each, str) and not BASE64.fullmatch(each):
                    raise NoMatchError(field.name, "it is not base64")
