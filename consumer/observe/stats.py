"""Statistics: one line a second, and how far the group is behind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from consumer.observe.journal import LineWriter


def lag(high_watermark: int | None, seen: int | None, committed: int | None) -> int | None:
    """Return the records between the committed position and the partition's end; None where either is not known.

    The end is the higher of the broker's high watermark and one past the highest offset fetched, since an embedded
    broker may report a watermark below what it has already delivered.
    """
    ends = [end for end in (high_watermark, seen) if end is not None and end >= 0]
    if not ends or committed is None:
        return None
    return max(0, max(ends) - committed)


@dataclass(slots=True)
class Counters:
    """Counts since the last line; records unless the name says otherwise."""

    polled: int = 0
    filtered: int = 0
    invocations: int = 0
    invoked: int = 0
    failed: int = 0
    failed_invocations: int = 0
    succeeded: int = 0
    discarded: int = 0
    redelivered: int = 0
    invoke_seconds: float = 0.0

    def items(self) -> list[tuple[str, float]]:
        """Return the counts by name."""
        return [(name, getattr(self, name)) for name in self.__slots__]


@dataclass(slots=True)
class Stats:
    """Writes a JSON line whenever a second is over."""

    lines: LineWriter
    clock: Callable[[], float]
    interval_s: float = 1.0
    now: Counters = field(default_factory=Counters)
    totals: Counters = field(default_factory=Counters)
    """Since the start."""
    _since: float = 0.0

    def due(self, at: float) -> bool:
        """Return whether the second is over."""
        return at >= self._since + self.interval_s

    def write(self, at: float, state: Mapping[str, Any]) -> dict[str, Any]:
        """Write the counts, as rates a second and as totals, with the state given, and start over; return the line."""
        elapsed = at - self._since if self._since else self.interval_s
        counted = self.now
        for name, value in counted.items():
            setattr(self.totals, name, getattr(self.totals, name) + value)
        line = {
            "event": "stats",
            "at": self.clock(),
            "polled_per_s": round(counted.polled / elapsed, 1),
            "batch_records": round(counted.invoked / counted.invocations, 1) if counted.invocations else None,
            "invoke_ms": round(1000 * counted.invoke_seconds / counted.invocations, 1) if counted.invocations else None,
            **{name: round(value, 6) for name, value in counted.items()},
            "totals": {name: round(value, 6) for name, value in self.totals.items()},
            **state,
        }
        self.lines.write(line)
        self.now = Counters()
        self._since = at
        return line
