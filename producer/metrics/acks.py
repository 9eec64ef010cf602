"""Acknowledged messages: noted one at a time, counted in bulk, which is a fraction of the price."""

from collections import Counter, defaultdict
from collections.abc import Callable
from threading import Lock

from producer.metrics.latency import LatencyHistogram

_MANY = 5_000
"""How many are noted before they are counted in passing, so that they are not kept until somebody asks."""


class Acks:
    """How many by partition since the start, and how long some took (one of each batch).

    What `noting` gives, and `note_latency` (s), are for one thread at a time; the rest is for any.
    """

    def __init__(self) -> None:
        self._noted: defaultdict[str, list[int | None]] = defaultdict(list)
        self._timed: list[float] = []
        self.note_latency = self._timed.append
        self._lock = Lock()
        self._partitions: defaultdict[str, Counter[int | None]] = defaultdict(Counter)

    def noting(self, topic: str) -> Callable[[int | None], None]:
        """What notes that a partition of `topic` has one more."""
        return self._noted[topic].append

    def count_many(self) -> None:
        """Counts what was noted, if it is much; to be called now and then."""
        if sum(map(len, list(self._noted.values()))) >= _MANY:
            with self._lock:
                self._count()

    def by_partition(self) -> dict[str, int]:
        """How many by `topic-partition`, since the start."""
        with self._lock:
            self._count()
            return {
                f"{topic}-{number}": count
                for topic, partitions in sorted(self._partitions.items())
                for number, count in sorted(partitions.items())
            }

    def latencies(self) -> LatencyHistogram:
        """How long those took that were timed since this was last asked."""
        count = len(self._timed)
        latencies = LatencyHistogram()
        latencies.add_all([seconds * 1000 for seconds in self._timed[:count]])
        del self._timed[:count]
        return latencies

    def _count(self) -> None:
        for topic, noted in list(self._noted.items()):
            count = len(noted)
            self._partitions[topic].update(noted[:count])
            del noted[:count]
