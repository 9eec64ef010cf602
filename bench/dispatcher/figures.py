"""What the readings come to: one figure for each row, its spread, and what build/bench/dispatcher.json says."""

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from bench.dispatcher.cold_start import medians
from bench.dispatcher.contenders import CONTENDERS, MODES
from bench.dispatcher.cost import BATCH_RECORDS, MEMORY_MB, PRICES, RATE_PER_S, Cost, cost
from bench.dispatcher.measure import Case, Reading

HEADLINE_MS = 5.0
"""The latency that the headline figures are for."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """A case and its readings. The middle one by speed speaks for it."""

    case: Case
    readings: Sequence[Reading]

    @property
    def middle(self) -> Reading:
        """The reading of median speed (the slower one of two)."""
        return sorted(self.readings, key=_speed)[(len(self.readings) - 1) // 2]

    @property
    def msgs_per_s(self) -> float:
        """Median of the readings."""
        return _speed(self.middle)

    @property
    def spread(self) -> tuple[float, float]:
        """The slowest and the fastest."""
        speeds = [_speed(reading) for reading in self.readings]
        return min(speeds), max(speeds)

    @property
    def cpu_us(self) -> float:
        """Median of the CPU microseconds a message."""
        return median(reading.cpu_s / reading.records * 1e6 for reading in self.readings)

    @property
    def calls_per_1000(self) -> float:
        """HTTP calls for 1,000 messages."""
        return self.middle.counts.calls / self.middle.records * 1000

    @property
    def dynamodb_writes_per_1000(self) -> float:
        """Write units for 1,000 messages."""
        return self.middle.counts.dynamodb_writes / self.middle.records * 1000

    def cost(self, record_bytes: float) -> Cost:
        """By the middle reading."""
        return cost(self.middle, record_bytes)


def _speed(reading: Reading) -> float:
    return reading.records / reading.wall_s


@dataclass(frozen=True, slots=True)
class DispatcherFigures:
    """All of a run. `starts` are milliseconds of (import, first invocation) by program, if cold starts were read."""

    rows: Sequence[Row]
    record_bytes: float
    starts: Mapping[str, Sequence[tuple[float, float]]]
    pinned: bool

    def row(self, contender: str, mode: str) -> Row | None:
        """Return the headline row: stubbed, at `HEADLINE_MS`."""
        for row in self.rows:
            case = row.case
            if (case.contender, case.mode, case.latency_ms, case.wire) == (contender, mode, HEADLINE_MS, False):
                return row
        return None

    def ratio(self, mode: str) -> float | None:
        """How many times the speed of Powertools."""
        ours, theirs = self.row("comboio", mode), self.row("powertools", "unpacked")
        return ours.msgs_per_s / theirs.msgs_per_s if ours and theirs else None

    def idempotency_share(self, mode: str) -> float | None:
        """Return the cost of a million messages' idempotency writes as a share of the same with Powertools."""
        ours, theirs = self.row("comboio", mode), self.row("powertools", "unpacked")
        if not ours or not theirs:
            return None
        return ours.cost(self.record_bytes).dynamodb_writes / theirs.cost(self.record_bytes).dynamodb_writes

    def to_json(self) -> Json:
        """Return the content of build/bench/dispatcher.json; speeds at `HEADLINE_MS` unless in `runs`."""
        cold, bare = (medians(self.starts[name]) if self.starts else None for name in ("comboio", "bare"))
        return {
            "latency_ms": HEADLINE_MS,
            **{contender: self._contender(contender) for contender in CONTENDERS},
            "ratio_unpacked": rounded(self.ratio("unpacked")),
            "ratio_packed": rounded(self.ratio("packed")),
            "cold_start_ms": rounded(cold[0]) if cold else None,
            "bare_cold_start_ms": rounded(bare[0]) if bare else None,
            "cold_start": {name: {"starts": len(starts), **_named(starts)} for name, starts in self.starts.items()},
            "usd_per_million": {
                **{
                    f"{row.case.contender}_{row.case.mode}": _cost(row.cost(self.record_bytes))
                    for row in self._headline_rows()
                },
                "idempotency_share": {mode: rounded(self.idempotency_share(mode), 5) for mode in MODES},
                "prices_usd": PRICES,
                "assumed": {"memory_mb": MEMORY_MB, "batch_records": BATCH_RECORDS, "rate_per_s": RATE_PER_S},
            },
            "runs": [{**run_json(row), **_wire(row)} for row in self.rows],
            "machine": {
                "python": platform.python_version(),
                "processor": platform.machine(),
                "cores": os.cpu_count(),
                "pinned_to_one_core": self.pinned,
            },
        }

    def _headline_rows(self) -> Iterable[Row]:
        found = (self.row(contender, mode) for contender in CONTENDERS for mode in MODES)
        return (row for row in found if row)

    def _contender(self, contender: str) -> Json:
        rows = {mode: self.row(contender, mode) for mode in MODES}
        return {
            figure: {mode: rounded(getattr(row, figure)) if row else None for mode, row in rows.items()}
            for figure in ("msgs_per_s", "calls_per_1000", "dynamodb_writes_per_1000")
        }


def run_json(row: Row) -> Json:
    """Return a row as the file of figures has it."""
    slowest, fastest = row.spread
    reading = row.middle
    return {
        "contender": row.case.contender,
        "mode": row.case.mode,
        "latency_ms": row.case.latency_ms,
        "records": reading.records,
        "rounds": len(row.readings),
        "msgs_per_s": rounded(row.msgs_per_s),
        "msgs_per_s_slowest": rounded(slowest),
        "msgs_per_s_fastest": rounded(fastest),
        "cpu_us_per_message": rounded(row.cpu_us),
        "calls_per_1000": rounded(row.calls_per_1000),
        "dynamodb_writes_per_1000": rounded(row.dynamodb_writes_per_1000),
        "counts": asdict(reading.counts),
        "load_averages": [rounded(reading.load) for reading in row.readings],
    }


def _wire(row: Row) -> Json:
    reading = row.middle
    return {
        "http": "loopback" if row.case.wire else "stubbed",
        "runtime_json_us_per_message": rounded(reading.runtime_s / reading.records * 1e6),
    }


def _named(starts: Sequence[tuple[float, float]]) -> Json:
    whole, imported, invoked = medians(starts)
    return {
        "ms": rounded(whole),
        "import_ms": rounded(imported),
        "first_invocation_ms": rounded(invoked),
        "fastest_ms": rounded(min(map(sum, starts))),
        "slowest_ms": rounded(max(map(sum, starts))),
    }


def _cost(cost: Cost) -> Json:
    return {**{part: rounded(usd, 6) for part, usd in asdict(cost).items()}, "total": rounded(cost.total, 6)}


def rounded(value: float | None, digits: int = 2) -> float | None:
    """Return a figure as the file has it."""
    return None if value is None else round(value, digits)
