"""Counts acknowledged messages in bulk: to note them one at a time and count them later costs a fraction."""

from collections import Counter, defaultdict
from collections.abc import Callable
from threading import Lock

from producer.metrics.latency import LatencyHistogram

_MANY = 5_000
"""So many noted messages are counted in passing, so that they take no memory until somebody asks."""


class Acks:
    """Counts acknowledgements by partition, and keeps the latencies of some (one message of each batch).

    One thread at a time may call `note_latency` (s) and what `noter` returns; any thread may call the rest.
    """

    def __init__(self) -> None:
        self._noted: defaultdict[str, list[int | None]] = defaultdict(list)
        self._timed: list[float] = []
        self.note_latency = self._timed.append
        self._lock = Lock()
        self._partitions: defaultdict[str, Counter[int | None]] = defaultdict(Counter)

    def noter(self, topic: str) -> Callable[[int | None], None]:
        """Return the function that notes an acknowledged message of a partition of `topic`."""
        return self._noted[topic].append

    def count_many(self) -> None:
        """Count the noted messages if they are many; to be called now and then."""
        if sum(map(len, list(self._noted.values()))) >= _MANY:
            with self._lock:
                self._count()

    def by_partition(self) -> dict[str, int]:
        """Return the acknowledged messages by `topic-partition`, since the start."""
        with self._lock:
            self._count()
            return {
                f"{topic}-{number}": count
                for topic, partitions in sorted(self._partitions.items())
                for number, count in sorted(partitions.items())
            }

    def latencies(self) -> LatencyHistogram:
        """Return the latencies noted since the last call."""
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
