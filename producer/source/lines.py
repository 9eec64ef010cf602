"""A source of JSON lines, wherever they come from."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from producer.source.line import Line, parse
from producer.source.original_timing import OriginalTiming
from producer.source.position import FilePosition
from producer.source.progress import Progress
from producer.source.reading import Reading, Readings, Rejected, Taken


class Lines(Protocol):
    """Gives lines one by one and never waits.

    Raises:
        OSError: the next line cannot be read now; a later call may find it.
    """

    def next(self) -> Line | None:
        """Return the next line; None when there is none just now."""
        ...

    def ended(self) -> bool:
        """Return whether there will be no more."""
        ...

    def positions(self) -> Mapping[Path, FilePosition]:
        """Return how far each file was given since the last call; empty where nothing can be read again."""
        ...


class LineSource:
    """Readings of lines. A line that is not a reading is rejected; `timing` None is as fast as the rate allows."""

    def __init__(self, lines: Lines, progress: Progress, timing: OriginalTiming | None) -> None:
        self._lines = lines
        self._progress = progress
        self._timing = timing
        self._early: tuple[Reading, datetime | None] | None = None
        """A line that was read and is not due yet."""

    def read(self, count: int, now: int) -> Taken | None:
        """Return up to `count` readings that are due at `now` (epoch ms)."""
        readings: list[Reading] = []
        rejected: list[Rejected] = []
        while len(readings) + len(rejected) < count:
            try:
                parsed = self._early or self._next()
            except OSError:
                if readings or rejected:
                    break  # what was read goes first; the next call meets the error again
                raise
            if parsed is None:
                break
            self._early = None
            if isinstance(parsed, Rejected):
                rejected.append(parsed)
                continue
            reading, occurred = parsed
            if self._timing and not self._timing.due(occurred, now):
                self._early = parsed
                break
            readings.append(reading)
        if not readings and not rejected:
            return None if self._early is None and self._lines.ended() else Taken(Readings.of([]))
        # An early line is not sent yet: its position belongs to the batch that sends it.
        positions = {} if self._early else self._lines.positions()
        settled = partial(self._progress.reached, positions) if positions else None
        return Taken(Readings.of(readings), rejected, settled)

    def _next(self) -> tuple[Reading, datetime | None] | Rejected | None:
        while (line := self._lines.next()) is not None:
            if line.text.strip():
                return parse(line)
        return None
