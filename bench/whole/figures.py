"""What the readings come to, and what build/bench/whole.json says."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.dispatcher.contenders import MODES
from bench.dispatcher.figures import Row

Json = dict[str, Any]


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
            "ratio_unpacked": _rounded(self.ratio("unpacked")),
            "ratio_packed": _rounded(self.ratio("packed")),
            "event_writes_per_1000": _rounded(event.dynamodb_writes_per_1000) if event else None,
            "runs": [_run(row) for row in self.rows],
            "us_per_message": {
                " ".join(key): {stage: _rounded(us) for stage, us in spent.items()} for key, spent in self.spent.items()
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
        return {mode: _rounded(row.msgs_per_s) if row else None for mode, row in rows.items()}


def _run(row: Row) -> Json:
    slowest, fastest = row.spread
    return {
        "contender": row.case.contender,
        "mode": row.case.mode,
        "records": row.middle.records,
        "batch_records": row.case.records,
        "rounds": len(row.readings),
        "msgs_per_s": _rounded(row.msgs_per_s),
        "msgs_per_s_slowest": _rounded(slowest),
        "msgs_per_s_fastest": _rounded(fastest),
        "cpu_us_per_message": _rounded(row.cpu_us),
        "calls_per_1000": _rounded(row.calls_per_1000),
        "dynamodb_writes_per_1000": _rounded(row.dynamodb_writes_per_1000),
        "counts": asdict(row.middle.counts),
        "load_averages": [_rounded(reading.load) for reading in row.readings],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
