"""Which of several equal producers this one is: `0/2` and `1/2` share a fleet or a directory without talking."""

import re
from typing import NamedTuple, Self
from zlib import crc32


class Instance(NamedTuple):
    """Number `number` (from 0) of `total`."""

    number: int = 0
    total: int = 1

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `number/count`.

        Raises:
            ValueError: another form, or a number that is not below the count.
        """
        found = re.fullmatch(r"(\d{1,4})/(\d{1,4})", text)
        if not found or int(found[1]) >= int(found[2]):
            raise ValueError(f"{text!r} is not number/count with a number below the count, such as 0/2 and 1/2")
        return cls(int(found[1]), int(found[2]))

    def has(self, name: str) -> bool:
        """Return whether `name` is in this one's share; every name is in exactly one share."""
        return crc32(name.encode(errors="surrogateescape")) % self.total == self.number

    def __repr__(self) -> str:
        return f"{self.number}/{self.total}"
