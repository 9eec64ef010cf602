"""A codigo or a range of them as people write it: `300`, `"300-399"`."""

import re
from typing import NamedTuple, Self

from comboio.message.content import MAX_CODE

WRITTEN = re.compile(r"\s*([0-9]{1,18})\s*(?:-\s*([0-9]{1,18})\s*)?", re.ASCII)

_BY_A_DASH = re.compile(r"\s*([0-9][0-9A-Za-z]{0,17})\s*-\s*([0-9][0-9A-Za-z]{0,17})\s*", re.ASCII)
"""Two words that begin with a digit, as the two codigos of a range do."""

_LIKE_DIGITS = str.maketrans("OoIl", "0011")
"""Letters that are taken for digits."""

_LEAST_DIGITS = 3
"""Of a codigo that is as long as the other one of its range: oil is "5W-30"."""


class CodigoRange(NamedTuple):
    """Codigos from `low` to `high`, both included."""

    low: int
    high: int

    @classmethod
    def parse(cls, written: object) -> Self:
        """Read a number, or a text of one number or of two with a dash between them.

        Raises:
            ValueError: it is neither, or the range is empty.
        """
        if type(written) is int and 0 <= written <= MAX_CODE:
            return cls(written, written)
        found = WRITTEN.fullmatch(written) if isinstance(written, str) else None
        if found is None:
            shown = repr(written)[:60]
            raise ValueError(f'{shown} is neither a codigo (300) nor a range of them ("300-399")')
        low, high = int(found[1]), int(found[2] or found[1])
        if low > high:
            raise ValueError(f"the range {written!r} is empty: its first codigo is above its last")
        return cls(low, high)

    def holds(self, codigo: int) -> bool:
        """Return whether a codigo is in the range."""
        return self.low <= codigo <= self.high

    def __str__(self) -> str:
        """Return it as `parse` reads it."""
        return str(self.low) if self.low == self.high else f"{self.low}-{self.high}"


def parse_codigos(written: object) -> CodigoRange | str:
    """Read a codigo, a range of them, or a code that is a text: one that begins with no digit, or has a letter in it.

    Raises:
        ValueError: it is none of them.
    """
    named = isinstance(written, str) and 0 < len(written) <= 256 and written.isprintable()
    if isinstance(written, str) and _is_mistyped(written):
        letters = " and ".join(repr(letter) for letter in dict.fromkeys(filter(str.isalpha, written)))
        raise ValueError(f'{written!r} looks like a range of codigos ("300-399"), but has {letters} for a digit')
    if named and isinstance(written, str) and (not written[0].isdigit() or any(map(str.isalpha, written))):
        return written
    return CodigoRange.parse(written)


def _is_mistyped(written: str) -> bool:
    """Return whether a text is two codigos with a dash, one with a letter that looks like a digit, or one by mistake.

    As a text it would be a code that no message has, and the range's messages would go elsewhere.
    """
    found = _BY_A_DASH.fullmatch(written)
    if found is None or found[1].isdecimal() == found[2].isdecimal():
        return False
    good, bad = (found[1], found[2]) if found[1].isdecimal() else (found[2], found[1])
    one_letter = sum(map(str.isalpha, bad)) == 1 and len(bad) == len(good) >= _LEAST_DIGITS
    return one_letter or bad.translate(_LIKE_DIGITS).isdecimal()
