"""Adds up what the processes write while they run, for the display and the report."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class Tail:
    """Iterates over the new complete lines of a growing file of JSON lines."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        try:
            with self._path.open("rb") as file:
                file.seek(self._at)
                data = file.read()
        except FileNotFoundError:
            return
        whole = data[: data.rfind(b"\n") + 1]
        self._at += len(whole)
        for line in whole.splitlines():
            yield json.loads(line)


@dataclass(slots=True)
class RunFigures:
    """Totals so far, and the rates of the last second."""

    produced: int = 0
    acked: int = 0
    produced_per_s: float = 0.0
    dispatched: int = 0
    dispatched_per_s: float = 0.0
    duplicates: int = 0
    dead: int = 0
    ledger_writes: int = 0
    calls: int = 0
    latency_ms: int | None = None
    """Of a recent batch; None before the first."""
    lag: dict[str, int] = field(default_factory=dict)
    """By partition."""

    @property
    def lag_total(self) -> int:
        """The lag of all partitions in sum."""
        return sum(self.lag.values())


class FigureFiles:
    """The files of a run, read as they grow."""

    def __init__(self, producer: Path) -> None:
        self.figures = RunFigures()
        self._producer = Tail(producer)
        self._batches: list[Tail] = []
        self._consumers: list[Tail] = []

    def add_consumer(self, batches: Path, stats: Path) -> None:
        """Read the files of another consumer too."""
        self._batches.append(Tail(batches))
        self._consumers.append(Tail(stats))

    def read(self, seconds: float) -> RunFigures:
        """Return the figures with what was written since the last call, `seconds` ago."""
        now = self.figures
        for line in self._producer:
            now.produced, now.acked, now.produced_per_s = line["produced"], line["acked"], line["rate"]
        before = now.dispatched
        for tail in self._batches:
            for line in tail:
                now.dispatched += line["dispatched"]
                now.duplicates += line["duplicates"]
                now.dead += line["dead"]
                now.ledger_writes += line["ledger_writes"]
                now.calls += line["calls"]
                now.latency_ms = line["latency_ms"] if line["latency_ms"] is not None else now.latency_ms
        now.dispatched_per_s = (now.dispatched - before) / seconds if seconds else 0.0
        for tail in self._consumers:
            for line in tail:
                now.lag.update({name: behind for name, behind in line["lag"].items() if behind is not None})
        return now
