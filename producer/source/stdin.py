"""Lines of standard input. What was read and not sent when the process is killed is gone: a pipe cannot be re-read."""

import errno
import logging
import os
import select
from collections.abc import Mapping

from producer.source.file import LONGEST
from producer.source.line import Line
from producer.source.position import Reached

CHUNK = 1 << 16
"""Bytes read at a time."""

_log = logging.getLogger(__name__)


class PipeLines:
    """The lines that come in on the file descriptor `pipe`."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._lines: list[bytes] = []
        self._part = b""
        self._closed = False
        self._number = 0

    def next(self) -> Line | None:
        """Return the next line, if one has come in."""
        if not self._lines:
            self._fill()
        if not self._lines:
            return None
        self._number += 1
        return Line(self._lines.pop(), f"stdin:{self._number}")

    def ended(self) -> bool:
        """Return whether the other side has closed and all lines were given."""
        return self._closed and not self._lines

    def positions(self) -> Mapping[int, Reached]:
        """Return none: a pipe cannot be read again."""
        return {}

    def _fill(self) -> None:
        while not self._lines and not self._closed and select.select([self._pipe], [], [], 0)[0]:
            chunk = self._read()
            self._closed = not chunk
            whole, end, self._part = (self._part + chunk).rpartition(b"\n")
            if end:
                self._lines = whole.split(b"\n")[::-1]
            elif self._part and (self._closed or len(self._part) >= LONGEST):
                self._lines, self._part = [self._part], b""

    def _read(self) -> bytes:
        """Return what has come in; nothing at the end, which a terminal that is gone is too."""
        try:
            return os.read(self._pipe, CHUNK)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            _log.warning("standard input has failed: the producer sends what it has read, and ends")
            return b""
