"""How far a group is behind on each topic: in records, in the worst partition, and in seconds. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from local.kafka.end_history import EndHistory
from local.kafka.retention import Window
from ops.watch.panel import Panel, Row

SUM, WORST, AGE = "Lag by topic, records", "Lag of the worst partition, records", "Lag by topic, seconds"
THROUGHPUT = "Throughput, records a second"

LATE_S = 30.0
"""Seconds of lag from which the board shows it in red."""


@dataclass(slots=True)
class Lag:
    """What is remembered between two looks."""

    histories: dict[tuple[str, int], EndHistory] = field(default_factory=dict)
    last: tuple[float, int, int] | None = None
    """Time, ends and commits in sum of the look before."""

    def panels(self, windows: Iterable[Window], at: float) -> list[Panel]:
        """Return the panels from where each partition and the group are at `at` (seconds)."""
        records: dict[str, int] = {}
        worst: dict[str, int] = {}
        ages: dict[str, tuple[float, bool]] = {}
        ends = commits = 0
        for each in windows:
            history = self.histories.setdefault((each.topic, each.partition), EndHistory())
            history.add(at, each.high)
            behind = max(0, each.high - each.committed)
            age, sure = history.age_s(each.committed, at)
            records[each.topic] = records.get(each.topic, 0) + behind
            worst[each.topic] = max(worst.get(each.topic, 0), behind)
            ages[each.topic] = max(ages.get(each.topic, (0.0, True)), (age, sure), key=lambda found: found[0])
            ends, commits = ends + each.high, commits + each.committed
        rates = self._rates(at, ends, commits)
        return [
            Panel(SUM, [Row(topic, count) for topic, count in sorted(records.items())]),
            Panel(WORST, [Row(topic, count) for topic, count in sorted(worst.items())]),
            Panel(AGE, [Row(name, age, age > LATE_S, not sure) for name, (age, sure) in sorted(ages.items())]),
            Panel(THROUGHPUT, rates),
        ]

    def _rates(self, at: float, ends: int, commits: int) -> list[Row]:
        """Return what came and what was done a second since the look before; not known at the first."""
        before, self.last = self.last, (at, ends, commits)
        came = done = None
        if before is not None and at > before[0]:
            came, done = (
                max(0.0, now - then) / (at - before[0]) for now, then in ((ends, before[1]), (commits, before[2]))
            )
        return [Row("into Kafka", came), Row("done by the group", done)]
