"""How many pollers a mapping has: between a minimum and a maximum, by its lag. Pure policy; time is given."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import takewhile

MOST_INVOCATIONS = 5
"""Concurrent invocations of a poller, as AWS has them (kafka-scaling-modes)."""

MOST_POLLERS = 20
"""Pollers of one process. Each invocation under way is a thread, and the systemd unit allows 128; AWS reckons with
5 MB/s a poller, and 20 of them are several times what one process builds events of."""

UP_S = 3.0
"""Seconds that more pollers must be needed before there are more: what is done within it is no lag."""

DOWN_S = 60.0
"""Seconds that fewer must be needed before there are fewer: AWS looks at the lag once in a minute."""


@dataclass(frozen=True, slots=True)
class PollerLimits:
    """Between what the pollers are, and what one of them does."""

    minimum: int = 1
    maximum: int = 1
    invocations: int = 1
    """Concurrent invocations of each."""
    at_a_time: int = MOST_POLLERS * MOST_INVOCATIONS
    """Concurrent invocations that the function takes from all of them."""


@dataclass(slots=True)
class Pollers:
    """Follows the lag: up at once to what was needed all of the last 3 s, down to the most needed in the last minute.

    Throttled, half of the pollers go at each look, down to the minimum, and none is added.
    """

    limits: PollerLimits
    count: int = 0
    """How many there are."""
    _looks: "deque[tuple[float, int]]" = field(default_factory=deque)
    """When it was looked, and how many were needed: of the last minute, and the look before it."""
    _throttled: bool = False

    def __post_init__(self) -> None:
        self.count = self.limits.minimum

    @property
    def invocations(self) -> int:
        """How many invocations may be under way."""
        return max(1, min(self.count * self.limits.invocations, self.limits.at_a_time))

    def throttled(self) -> None:
        """Note that the function was not reached."""
        self._throttled = True

    def scale(self, now: float, behind: Mapping[str, int], full_batch: int) -> None:
        """Take a look at the lag of each partition of this process, and at how many records fill a batch."""
        needed = 0 if self._throttled else self._needed(behind, full_batch)
        self._looks.append((now, needed))
        while len(self._looks) > 1 and self._looks[1][0] <= now - DOWN_S:
            self._looks.popleft()
        if self._throttled:
            self.count //= 2
        self.count = max(self.count, self._sustained(now))
        if self._looks[0][0] <= now - DOWN_S:
            self.count = min(self.count, max(needed for _, needed in self._looks))
        most = max(1, min(self.limits.maximum, len(behind)))
        self.count = max(min(self.limits.minimum, most), min(self.count, most))
        self._throttled = False

    def _needed(self, behind: Mapping[str, int], full_batch: int) -> int:
        """Return the pollers that would be busy with the lag: by full batches, and a partition has one at a time."""
        batches = -(-sum(behind.values()) // full_batch)
        partitions = sum(lag > 0 for lag in behind.values())
        return -(-min(batches, partitions) // self.limits.invocations)

    def _sustained(self, now: float) -> int:
        """Return how many were needed at each look of the last 3 s, and at the one before; 0 if that is not known."""
        if self._looks[0][0] > now - UP_S:
            return 0
        recent = [needed for _, needed in takewhile(lambda look: look[0] > now - UP_S, reversed(self._looks))]
        before = self._looks[-1 - len(recent)][1]
        return min([before, *recent])
