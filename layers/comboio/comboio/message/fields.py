"""What the fields of a foreign payload may be: code, id, entity, time."""

import re
from datetime import datetime
from hashlib import blake2b
from typing import Any

from comboio.contract.message import MalformedMessageError
from comboio.message.content import MAX_CODE, Code
from comboio.message.field_path import MISSING

_MAX_CODE = 256
_MAX_ENTITY = 256
"""Characters of a code and of an entity: they stand in logs and in attributes."""

_PLAIN_ID = re.compile(r"[!-~]{1,128}")
NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
"""A text that is read as the number it writes, so that `"300"` of a header is the codigo 300."""

EARLIEST_MS, LATEST_MS = 100_000_000_000, 10_000_000_000_000
"""A number of this size is milliseconds; a smaller one is seconds."""


def code_of(value: Any) -> Code | None:
    """Return a code; None if there is none.

    Raises:
        ValueError: it is neither a whole number nor a short text.
    """
    if type(value) is int:
        if not 0 <= value <= MAX_CODE:
            raise ValueError(f"a code is a number from 0 to {MAX_CODE}, or a text")
        return value
    if type(value) is str:
        if NUMBER.fullmatch(value):
            return int(value)
        if 0 < len(value) <= _MAX_CODE and value.isprintable():
            return value
        raise ValueError(f"a code is a printable text of 1 to {_MAX_CODE} characters, or a number")
    if value is None or value is MISSING:
        return None
    if type(value) is float and value.is_integer() and 0 <= value <= 2**53:
        return int(value)
    raise ValueError(f"a code is a whole number or a text, not {_kind(value)}")


def id_of(value: Any) -> str | None:
    """Return an event's id in plain ASCII, a digest where it is not; None if there is none that can be used."""
    if type(value) is str:
        if _PLAIN_ID.fullmatch(value):
            return value
        return blake2b(value.encode("utf-8", "surrogatepass"), digest_size=20).hexdigest() if value else None
    return str(value) if type(value) is int and abs(value) <= MAX_CODE else None


def entity_of(value: Any) -> str | None:
    """Return what the event happened to; None if it is not said."""
    if type(value) is int and abs(value) <= MAX_CODE:
        return str(value)
    return value if type(value) is str and 0 < len(value) <= _MAX_ENTITY and value.isprintable() else None


def time_of(value: Any) -> str | float | None:
    """Return a time as it is written; None if it is none."""
    if type(value) is str and len(value) <= 64:
        try:
            datetime.fromisoformat(value)
        except ValueError:
            return None
        return value
    return value if type(value) in (int, float) and 0 <= value <= LATEST_MS else None


def required(name: str, path: object, found: object) -> None:
    """Check that a field that a contract requires is there.

    Raises:
        MalformedMessageError: it is not.
    """
    if found is None:
        raise MalformedMessageError(f"{name}: the message has no usable value in {path}")


def _kind(value: object) -> str:
    return {bool: "a boolean", dict: "an object", list: "an array", float: "a fraction"}.get(
        type(value), type(value).__name__
    )
