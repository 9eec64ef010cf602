"""How much to fetch, and which partitions to pause: memory stays bounded."""

from collections.abc import Mapping
from dataclasses import dataclass

POLL_RECORDS = 1000
"""Maximum records of one poll: about 5 ms of work, so that nothing else waits for long."""

READ_AHEAD = 500
"""Offsets that a partition may be fetched past what may be invoked of it. A pause makes the client drop what it fetched
ahead: without these, a small CONSUMER_MAX_IN_FLIGHT would pause and fetch again for each record."""


_BATCHES_AHEAD = 2
"""Batches that may wait for each invocation at a time: the next one, and what fills up meanwhile."""

MOST_FRESH_BYTES = 256 * 1024 * 1024
"""Bytes that may wait, however many invocations run: a host of 1 GB has as much to give."""


@dataclass(frozen=True, slots=True)
class Backpressure:
    """The limits of fetching; `room` and `paused` are the decisions."""

    max_in_flight: int
    """Offsets of a partition that may be invoked past its commit position."""
    batch_records: int
    batch_bytes: int

    def room(self, fresh: int, fresh_bytes: int, concurrency: int = 1) -> int:
        """Return how many records to ask for now; 0 when the buffer is full.

        `fresh` are the records of all partitions that wait for their first invocation, and `concurrency` is how many
        invocations may take them at a time.
        """
        batches = _BATCHES_AHEAD * concurrency
        if fresh_bytes >= min(batches * self.batch_bytes, MOST_FRESH_BYTES):
            return 0
        return max(0, min(POLL_RECORDS, batches * self.batch_records - fresh))

    def paused(self, uncommitted: Mapping[str, int], paused: frozenset[str]) -> frozenset[str]:
        """Return the partitions to pause: those at the limit, and those paused before until half of the way is free."""
        limit = self.max_in_flight + READ_AHEAD
        resume = (self.max_in_flight + READ_AHEAD) // 2
        return frozenset(
            partition
            for partition, offsets in uncommitted.items()
            if offsets >= (resume if partition in paused else limit)
        )
