"""Lines of standard input. What was read and not sent when the process is killed is gone: a pipe cannot be re-read."""

import os
import select
from collections.abc import Mapping
from pathlib import Path

from producer.source.file import LONGEST
from producer.source.line import Line
from producer.source.progress import Mark

_CHUNK = 1 << 16


class PipeLines:
    """The lines that come in on the file descriptor `pipe`."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._lines: list[bytes] = []
        self._part = b""
        self._closed = False
        self._number = 0

    def next(self) -> Line | None:
        """The next line, if one has come in."""
        if not self._lines:
            self._fill()
        if not self._lines:
            return None
        self._number += 1
        return Line(self._lines.pop(), f"stdin:{self._number}")

    def ended(self) -> bool:
        """Whether the other side has closed and all lines were given."""
        return self._closed and not self._lines

    def marks(self) -> Mapping[Path, Mark]:
        """None: there is no going back."""
        return {}

    def _fill(self) -> None:
        while not self._lines and not self._closed and select.select([self._pipe], [], [], 0)[0]:
            chunk = os.read(self._pipe, _CHUNK)
            self._closed = not chunk
            whole, end, self._part = (self._part + chunk).rpartition(b"\n")
            if end:
                self._lines = whole.split(b"\n")[::-1]
            elif self._part and (self._closed or len(self._part) >= LONGEST):
                self._lines, self._part = [self._part], b""
