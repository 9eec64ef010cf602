"""A source of JSON lines, wherever they come from."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Protocol

from producer.source.line import Line, Parse, parse
from producer.source.original_timing import OriginalTiming
from producer.source.position import Reached
from producer.source.progress import Progress
from producer.source.reading import Reading, Readings, Rejected, Taken

_MOST_BLANK = 10_000
"""Blank lines that a call passes over before it returns: there may be any number, in a file that loops without end."""


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

    def positions(self) -> Mapping[int, Reached]:
        """Return how far each file was given since the last call, by inode; empty where nothing can be read again."""
        ...


class LineSource:
    """Readings of lines, which `parse` makes of them; by the fleet's own contract, unless given.

    A line that is not a reading is rejected; `timing` None is as fast as the rate allows.
    """

    def __init__(self, lines: Lines, progress: Progress, timing: OriginalTiming | None, parse: Parse = parse) -> None:
        self._lines = lines
        self._progress = progress
        self._timing = timing
        self._parse = parse
        self._early: tuple[Reading, datetime | None] | None = None
        """A line that was read and is not due yet."""
        self._reached: dict[int, Reached] = {}
        """The places before that line, or after the last one: what the next batch may vouch for."""

    def read(self, count: int, now: int) -> Taken | None:  # noqa: ARG002 - every source is told the time
        """Return up to `count` readings that are due; see Source."""
        readings: list[Reading] = []
        rejected: list[Rejected] = []
        left = count + _MOST_BLANK
        while len(readings) + len(rejected) < count and left:
            left -= 1
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
            if isinstance(parsed, Line):
                continue
            reading, occurred = parsed
            if self._timing and not self._timing.due(occurred):
                self._early = parsed
                break
            readings.append(reading)
        if not readings and not rejected:
            return None if self._early is None and left and self._lines.ended() else Taken(Readings.of([]))
        if self._early is None:
            self._reached.update(self._lines.positions())
        reached, self._reached = self._reached, {}
        return Taken(Readings.of(readings), rejected, partial(self._progress.reached, reached) if reached else None)

    def _next(self) -> tuple[Reading, datetime | None] | Rejected | Line | None:
        """Return the next line as a reading or a reject, or as it is if it is blank."""
        if self._timing:
            # The line may not be due: what was read before it must not wait for it to be written down.
            self._reached.update(self._lines.positions())
        line = self._lines.next()
        return line if line is None or not line.text.strip() else self._parse(line)
