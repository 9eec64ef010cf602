"""The pointer: what stands in the queue for a dead letter that is too large for it, and lies in S3."""

import json
from typing import NamedTuple, Self

from comboio.contract.dead_letter import ForeignLetterError

FIELD = "comboio_dead_letter_at"

START = f'{{"{FIELD}"'
"""How every pointer begins."""

PREFIX = "dead-letters/"
"""Where large letters lie in their bucket. Nothing outside it is read, whatever a pointer says."""


class LetterPointer(NamedTuple):
    """Where a letter lies in S3."""

    bucket: str
    key: str

    def to_json(self) -> str:
        """Return the text that stands in the queue."""
        return json.dumps({FIELD: {"bucket": self.bucket, "key": self.key}})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a pointer.

        Raises:
            ForeignLetterError: the text is no pointer.
        """
        try:
            place = json.loads(text)[FIELD]
            pointer = cls(place["bucket"], place["key"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ForeignLetterError(f"Not a pointer to a dead letter: {type(error).__name__}.") from None
        if not all(isinstance(part, str) and part for part in pointer):
            raise ForeignLetterError("Not a pointer to a dead letter: bucket and key must be text.")
        return pointer


def is_pointer(text: str) -> bool:
    """Return whether a text claims to be a pointer."""
    return text.startswith(START)


def object_key(name: str) -> str:
    """Return the key under which the letter of that name lies."""
    return f"{PREFIX}{name}.json"
