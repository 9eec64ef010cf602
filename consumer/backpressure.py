"""How much to fetch, and which partitions to pause: memory and redelivery stay bounded."""

from collections.abc import Mapping
from dataclasses import dataclass

POLL_RECORDS = 1000
"""Most to take at once: about 5 ms of work, so that nothing else waits for long."""


@dataclass(frozen=True)
class Backpressure:
    """The bounds; `hold` and `room` are the decisions."""

    max_in_flight: int
    """Offsets a partition may have between its commit position and its last fetch."""
    max_fresh: int
    """Records that may wait for their first invocation, of all partitions."""
    max_fresh_bytes: int

    def room(self, fresh: int, fresh_bytes: int) -> int:
        """Records to ask for now; 0 when the buffer is full."""
        if fresh_bytes >= self.max_fresh_bytes:
            return 0
        return max(0, min(POLL_RECORDS, self.max_fresh - fresh))

    def hold(self, uncommitted: Mapping[str, int], held: frozenset[str]) -> frozenset[str]:
        """The partitions to keep paused: those at the bound, and those paused before until half of it is free."""
        return frozenset(
            partition
            for partition, offsets in uncommitted.items()
            if offsets >= (self.max_in_flight // 2 if partition in held else self.max_in_flight)
        )
