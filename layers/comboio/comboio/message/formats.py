"""The formats of a payload: what is decoded of it, and what it becomes downstream."""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from json.encoder import encode_basestring_ascii
from typing import Any, NamedTuple

from pydantic_core import from_json

from comboio.contract.message import MalformedMessageError

_UNSENDABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that SQS and SNS refuse in a message (SQS API, SendMessage: the characters that XML 1.0 allows)."""


class Decoded(NamedTuple):
    """A payload. `text` and `json` are None where its own bytes are sent, which are JSON."""

    document: Any
    text: str | None = None
    json: str | None = None
    binary: bool = False


Decode = Callable[[bytes], Decoded]
"""Decodes a payload; raises MalformedMessageError."""

TOMBSTONE = Decoded(None, "null")
"""What stands for a record without a value."""


def decode_json(value: bytes) -> Decoded:
    """Decode JSON; its bytes go through as they came.

    Raises:
        MalformedMessageError: it is none. NaN and Infinity are none, and text that is not UTF-8.
    """
    try:
        return Decoded(from_json(value, allow_inf_nan=False))
    except ValueError as error:
        raise MalformedMessageError(f"payload: it is not JSON: {error}") from None


def decode_raw(value: bytes) -> Decoded:
    """Take a payload as text, or as base64 where it is not text; nothing looks inside."""
    try:
        text = value.decode()
    except ValueError:
        text = ""
    if not text or _UNSENDABLE.search(text):
        text = b64encode(value).decode()
        return Decoded(None, text, f'"{text}"', binary=True)
    return Decoded(None, text, encode_basestring_ascii(text))


DECODERS: Mapping[str, Decode] = {"json": decode_json, "json-envelope": decode_json, "raw": decode_raw}
"""By the contract's name of the format."""
