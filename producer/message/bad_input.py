"""Bad input on purpose, spread evenly over a run, so that a demo or a test can follow it."""

from collections.abc import Mapping

from producer.options.faults import MALFORMED, UNKNOWN_CODIGO

UNKNOWN = 999_999
"""No topics file and no routing table knows this code."""


class FaultPlan:
    """Says which faults are due when: a kind's n-th of N in the middle of the n-th of N equal parts of the run."""

    def __init__(self, counts: Mapping[str, int], duration_s: float) -> None:
        self._due = sorted(
            (duration_s * (number + 0.5) / count, kind) for kind, count in counts.items() for number in range(count)
        )
        self._next = 0

    def due(self, elapsed_s: float) -> list[str]:
        """Return the kinds that have become due since the last call, `elapsed_s` seconds into the run."""
        first = self._next
        while self._next < len(self._due) and self._due[self._next][0] <= elapsed_s:
            self._next += 1
        return [kind for _, kind in self._due[first : self._next]]


def spoiled(value: bytes, kind: str) -> bytes | None:
    """Turn a good payload into a bad one of that kind."""
    if kind == MALFORMED:
        return value[: len(value) // 2]
    if kind == UNKNOWN_CODIGO:
        start = value.index(b'"codigo":') + len(b'"codigo":')
        return value[:start] + b"%d" % UNKNOWN + value[value.index(b",", start) :]
    return None
