"""Acknowledged messages: noted one at a time, counted in bulk, which is a fraction of the price."""

from collections import Counter
from threading import Lock
from typing import TypeAlias

from producer.latency import LatencyHistogram

Place: TypeAlias = tuple[str | None, int | None]
"""Topic and partition, as the Kafka client reports them."""

_MANY = 5_000
"""How many are noted before they are counted in passing, so that they are not kept until somebody asks."""


class Acks:
    """How many by partition since the start, and how long some took (one of each batch).

    `note` and `note_latency` (s) are for one thread at a time, the rest for any.
    """

    def __init__(self) -> None:
        self._noted: list[Place] = []
        self._timed: list[float] = []
        self.note = self._noted.append
        self.note_latency = self._timed.append
        self._lock = Lock()
        self._partitions: Counter[Place] = Counter()

    def count_many(self) -> None:
        """Counts what was noted, if it is much; to be called now and then."""
        if len(self._noted) >= _MANY:
            with self._lock:
                self._count()

    def by_partition(self) -> dict[str, int]:
        """How many by `topic-partition`, since the start."""
        with self._lock:
            self._count()
            return {f"{topic}-{number}": count for (topic, number), count in sorted(self._partitions.items())}

    def latencies(self) -> LatencyHistogram:
        """How long those took that were timed since this was last asked."""
        count = len(self._timed)
        latencies = LatencyHistogram()
        latencies.add_all([seconds * 1000 for seconds in self._timed[:count]])
        del self._timed[:count]
        return latencies

    def _count(self) -> None:
        count = len(self._noted)
        self._partitions.update(self._noted[:count])
        del self._noted[:count]
