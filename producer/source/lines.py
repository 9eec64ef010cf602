"""A source of JSON lines, wherever they come from."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from producer.source.line import Line, parse
from producer.source.original_timing import Pace
from producer.source.progress import Mark, Progress
from producer.source.reading import Reading, Readings, Refused, Taken


class Lines(Protocol):
    """Gives lines one by one and never waits."""

    def next(self) -> Line | None:
        """The next line; None when there is none just now."""

    def ended(self) -> bool:
        """Whether there will be none any more."""

    def marks(self) -> Mapping[Path, Mark]:
        """How far each file has been given since this was last asked; empty where nothing can be taken up again."""


class LineSource:
    """Readings of lines. What is not a reading is refused and the rest goes on. `pace` None is as fast as allowed."""

    def __init__(self, lines: Lines, progress: Progress, pace: Pace | None) -> None:
        self._lines = lines
        self._progress = progress
        self._pace = pace
        self._held: tuple[Reading, datetime | None] | None = None

    def read(self, count: int, now_ms: int) -> Taken | None:
        """Up to `count` readings that are due."""
        readings: list[Reading] = []
        refused: list[Refused] = []
        while len(readings) + len(refused) < count:
            parsed = self._held or self._next()
            if parsed is None:
                break
            self._held = None
            if isinstance(parsed, Refused):
                refused.append(parsed)
                continue
            reading, occurred = parsed
            if self._pace and not self._pace.due(occurred, now_ms):
                self._held = parsed
                break
            readings.append(reading)
        if not readings and not refused:
            return None if self._held is None and self._lines.ended() else Taken(Readings.of([]))
        # A line that is held back is not sent: what it moved on counts with the batch that has it.
        marks = {} if self._held else self._lines.marks()
        return Taken(Readings.of(readings), refused, partial(self._progress.reached, marks) if marks else None)

    def _next(self) -> tuple[Reading, datetime | None] | Refused | None:
        while (line := self._lines.next()) is not None:
            if line.text.strip():
                return parse(line)
        return None
