"""What turns the JSON of a message into what its schema says, and why a message cannot be turned."""

from collections.abc import Callable
from typing import Any

from pydantic_core import from_json

from comboio.errors import ConfigurationError, InvalidDataError

Encode = Callable[[bytes], bytes]
"""Encodes the JSON of a message; raises NoMatchError."""

_LONGEST_NAME = 100
"""Characters of a field's path that a reason repeats."""

_MAGIC = b"\0"
"""What Confluent's wire format begins with; the schema's id follows in 4 bytes, most significant first."""


class NoMatchError(InvalidDataError):
    """A message is not what its schema says: it can never be sent.

    The text names the field, in words of the schema alone: never a value, and equal faults are counted together.
    """

    def __init__(self, field: str, what: str) -> None:
        """Say which field is wrong, by its path, and what is wrong with it; an empty path is the whole message."""
        super().__init__(f"malformed: {field[:_LONGEST_NAME] or 'payload'}: {what}")


class SchemaError(ConfigurationError):
    """A schema cannot be used; the text says why, and what to do."""


def prefix(schema_id: int) -> bytes:
    """Return what stands before every payload of a schema."""
    return _MAGIC + schema_id.to_bytes(4)


def document(value: bytes) -> Any:
    """Return what a message says.

    Raises:
        NoMatchError: it is no JSON.
    """
    try:
        return from_json(value, allow_inf_nan=False)
    except ValueError:
        raise NoMatchError("", "it is not JSON") from None
