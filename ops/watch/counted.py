"""What the demo's consumers and functions count in their files: duplicates, outcomes, invocations that failed."""

from collections import Counter
from pathlib import Path

from local.demo.proof.figures import Tail
from local.demo.proof.paths import Paths
from ops.watch.panel import Panel, Row

OUTCOMES = "Throughput of the functions, records a second"
ERRORS = "Errors of the functions"

NAMES = {
    "records": "RecordsIn",
    "dispatched": "Dispatched",
    "duplicates": "Duplicates",
    "held": "Held",
    "failed": "Failed",
    "dead": "Dead",
}
"""The metric of each figure in a batch's line (docs/reference/metrics.md)."""


class Counted:
    """Reads the files as they grow."""

    def __init__(self, root: Path) -> None:
        self._paths = Paths(root)
        self._tails: dict[Path, Tail] = {}
        self._failed: dict[Path, int] = {}
        self._before: float | None = None

    def panels(self, at: float) -> list[Panel]:
        """Return what was counted since the look before, by the second, and what failed since the start."""
        new: Counter[str] = Counter()
        for path in self._paths.all_batches():
            for line in self._tail(path):
                new.update({metric: line[name] for name, metric in NAMES.items()})
        for path in self._paths.all_consumer_stats():
            for line in self._tail(path):
                self._failed[path] = line["totals"]["failed_invocations"]
        before, self._before = self._before, at
        seconds = None if before is None or at <= before else at - before
        failed = sum(self._failed.values())
        return [
            Panel(OUTCOMES, [Row(name, new[name] / seconds if seconds else None) for name in NAMES.values()]),
            Panel(ERRORS, [Row("failed invocations since the start", failed)]),
        ]

    def _tail(self, path: Path) -> Tail:
        return self._tails.setdefault(path, Tail(path))
