"""Statistics: one line a second."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from consumer.observe.distribution import Distribution
from consumer.observe.journal import LineWriter

BATCH_RECORDS = (1, 10, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000)
"""Buckets of batch sizes, up to Lambda's maximum."""

INVOKE_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 840)
"""Buckets of invocation times: Prometheus's usual ones, and on to Lambda's longest timeout for Kafka."""


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
    retried: int = 0
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
    batch_records: Distribution = field(default_factory=lambda: Distribution(BATCH_RECORDS))
    """Records of invocations."""
    invoke_s: Distribution = field(default_factory=lambda: Distribution(INVOKE_S))
    """Seconds of invocations."""
    _since: float = 0.0

    def invoked(self, records: int, seconds: float) -> None:
        """Count an invocation that has ended."""
        self.now.invocations += 1
        self.now.invoked += records
        self.now.invoke_seconds += seconds
        self.batch_records.add(records)
        self.invoke_s.add(seconds)

    def due(self, at: float) -> bool:
        """Return whether the second is over."""
        return at >= self._since + self.interval_s

    def write(self, at: float, state: Mapping[str, Any]) -> dict[str, Any]:
        """Write the counts, as rates a second and as totals, with the state given, and start over; return the line."""
        elapsed = at - self._since if 0 < self._since < at else self.interval_s
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
