"""Keeps latencies as a histogram of fixed size: exact counts, percentiles within 5%."""

from bisect import bisect_right
from collections.abc import Sequence

_GROWTH = 1.05
"""Each bound is 5% above the one before: the largest error of a percentile."""
_FIRST_MS = 0.05
"""The lowest bound: no acknowledgement takes less than a local round trip."""
_BUCKETS = 320
"""So many bounds reach from 0.05 ms to about five minutes: longer than that, Kafka is down."""
_BOUNDS_MS = tuple(_FIRST_MS * _GROWTH**index for index in range(_BUCKETS))
"""The upper bounds of the buckets."""


class LatencyHistogram:
    """Counts latencies by bucket; the last bucket takes everything above its bound."""

    def __init__(self) -> None:
        self._counts = [0] * _BUCKETS
        self._total = 0

    def add_all(self, latencies_ms: list[float]) -> None:
        """Count these latencies (ms), and sort the list on the way."""
        latencies_ms.sort()
        below = 0
        for bucket, bound in enumerate(_BOUNDS_MS):
            upto = bisect_right(latencies_ms, bound, below)
            self._counts[bucket] += upto - below
            below = upto
            if below == len(latencies_ms):
                break
        self._counts[-1] += len(latencies_ms) - below
        self._total += len(latencies_ms)

    def percentiles(self, wanted: Sequence[float]) -> list[float]:
        """Return the wanted percentiles (0 to 100) in ms, as the upper bounds of their buckets; zeros if empty."""
        found = []
        for percentile in wanted:
            left = self._total * percentile / 100
            bound = 0.0
            for count, bound_ms in zip(self._counts, _BOUNDS_MS, strict=True):
                if count:
                    left -= count
                    bound = bound_ms
                    if left <= 0:
                        break
            found.append(bound)
        return found

    def merge(self, other: "LatencyHistogram") -> None:
        """Add another histogram's counts to this one's."""
        self._counts = [mine + others for mine, others in zip(self._counts, other._counts, strict=True)]
        self._total += other._total
