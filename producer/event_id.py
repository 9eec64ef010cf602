"""Event ids: UUID version 7 (RFC 9562), so that ids sort by the time they were made."""

from collections.abc import Callable

_DIGITS = 19
"""Random hex digits an id takes: 3 after the version, 1 for the variant (which keeps 2 of its bits), 15 more."""
_IDS_A_BLOCK = 512
_VARIANT = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}


class EventIds:
    """Makes event ids. Randomness is never seeded: two processes with one seed must not make one id.

    `entropy` gives that many random bytes (`os.urandom`); it is asked for a block at a time, for speed.
    """

    def __init__(self, entropy: Callable[[int], bytes]) -> None:
        self._entropy = entropy
        self._digits = ""
        self._at = 0
        self._ms = -1
        self._prefix = ""

    def make(self, ms: int) -> str:
        """A new UUIDv7 of the time `ms` (since 1970)."""
        if ms != self._ms:
            self._ms = ms
            self._prefix = f"{ms >> 16:08x}-{ms & 0xFFFF:04x}-7"
        if self._at + _DIGITS > len(self._digits):
            self._digits = self._entropy(_DIGITS * _IDS_A_BLOCK // 2).hex()
            self._at = 0
        at = self._at
        self._at = at + _DIGITS
        digits = self._digits
        return (
            f"{self._prefix}{digits[at : at + 3]}-{_VARIANT[digits[at + 3]]}{digits[at + 4 : at + 7]}"
            f"-{digits[at + 7 : at + 19]}"
        )
