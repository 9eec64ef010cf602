"""What the readings come to, and what build/bench/whole.json says."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.dispatcher.contenders import MODES
from bench.dispatcher.figures import Json, Row, rounded, run_json


@dataclass(frozen=True, slots=True)
class WholeFigures:
    """All of a run; `spent` is microseconds of a message by stage, by contender and mode."""

    rows: Sequence[Row]
    spent: Mapping[tuple[str, str], Mapping[str, float]]
    pinned: bool

    def row(self, contender: str, mode: str) -> Row | None:
        """Return the row of a contender."""
        found = (row for row in self.rows if (row.case.contender, row.case.mode) == (contender, mode))
        return next(found, None)

    def ratio(self, mode: str) -> float | None:
        """How many times the speed of Powertools on the same wire."""
        ours, theirs = self.row("comboio", mode), self.row("powertools", "unpacked")
        return ours.msgs_per_s / theirs.msgs_per_s if ours and theirs else None

    def to_json(self) -> Json:
        """Return the content of build/bench/whole.json."""
        event = self.row("comboio", "event")
        contenders = dict.fromkeys(row.case.contender for row in self.rows)
        return {
            **{contender: {"msgs_per_s": self._speeds(contender)} for contender in contenders},
            "ratio_unpacked": rounded(self.ratio("unpacked")),
            "ratio_packed": rounded(self.ratio("packed")),
            "event_writes_per_1000": rounded(event.dynamodb_writes_per_1000) if event else None,
            "runs": [{**run_json(row), "batch_records": row.case.records} for row in self.rows],
            "us_per_message": {
                " ".join(key): {stage: rounded(us) for stage, us in spent.items()} for key, spent in self.spent.items()
            },
            "machine": {
                "python": platform.python_version(),
                "processor": platform.machine(),
                "cores": os.cpu_count(),
                "function_pinned_to_one_core": self.pinned,
            },
        }

    def _speeds(self, contender: str) -> Json:
        rows = {mode: self.row(contender, mode) for mode in MODES}
        return {mode: rounded(row.msgs_per_s) if row else None for mode, row in rows.items()}
