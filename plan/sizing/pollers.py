"""Sizes the event pollers of a mapping, and the units that they are billed by."""

import math
from dataclasses import dataclass

POLLER_BYTES_PER_S = 5_000_000
POLLER_INVOCATIONS = 5
"""An event poller reads 5 MB/s or has 5 invocations at a time, whichever comes first (AWS, Kafka scaling modes)."""

_UNIT_BYTES_PER_S = 20_000_000
_UNIT_POLLERS = 10
"""An event poller unit has 20 MB/s, and 10 pollers by default (AWS, Lambda pricing). Poller groups share units."""

MOST_MINIMUM, MOST_MAXIMUM = 200, 2_000
"""What AWS takes for the minimum and the maximum of a mapping."""


@dataclass(frozen=True, slots=True)
class Pollers:
    """The pollers of one mapping."""

    minimum: int
    """Those that are always there."""
    maximum: int
    """Those that an outage may need."""

    @property
    def invocations(self) -> int:
        """Invocations at the same time, with all of them."""
        return self.maximum * POLLER_INVOCATIONS


def count(bytes_per_s: float, busy: float) -> int:
    """Return the pollers that so many bytes and so many busy environments take."""
    return max(1, math.ceil(bytes_per_s / POLLER_BYTES_PER_S), math.ceil(busy / POLLER_INVOCATIONS))


def pollers(usual: int, most: int, partitions: int) -> Pollers:
    """Return the bounds for a mapping; a poller without a partition of its own would add nothing."""
    maximum = min(max(most, usual), partitions, MOST_MAXIMUM)
    return Pollers(min(usual, maximum, MOST_MINIMUM), maximum)


def units(pollers: int, bytes_per_s: float) -> int:
    """Return the event poller units that a group of mappings is billed for."""
    return max(math.ceil(pollers / _UNIT_POLLERS), math.ceil(bytes_per_s / _UNIT_BYTES_PER_S))
