"""Whether a destination is too slow for batches to wait for: then the drainer serves it, and partitions do not wait."""

from collections.abc import Sequence

FIRST_LEFT_S = 60.0
"""Seconds for which batches leave a slow destination to the drainer, before one of them tries it again."""

LONGEST_LEFT_S = 600.0
"""Maximum of that time, which doubles with every batch that finds it slow again."""


class Slowness:
    """What the calls of a destination took lately. Times are seconds of any clock."""

    def __init__(self) -> None:
        self._left_s = FIRST_LEFT_S
        self._until = float("-inf")

    def left(self, now: float) -> bool:
        """Return whether batches leave the destination to the drainer at `now`."""
        return now < self._until

    def took(self, seconds: Sequence[float], limit_s: float, now: float) -> None:
        """Note what the calls of a batch took: slow is a destination half of whose calls took `limit_s` or longer."""
        if not seconds:
            return
        if sorted(seconds)[len(seconds) // 2] >= limit_s:
            self._until = now + self._left_s
            self._left_s = min(self._left_s * 2, LONGEST_LEFT_S)
        else:
            self._left_s = FIRST_LEFT_S
