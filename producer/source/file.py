"""Lines of one file: once, or over and over."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from producer.source.line import Line
from producer.source.progress import Mark

LONGEST = 16 << 20
"""Bytes of a line beyond which it is cut: no message may be this long, and memory has an end."""


class FileLines:
    """The lines of `path` from `offset` on; the last one counts without a line end only if `whole`.

    Raises:
        OSError: it cannot be read.
    """

    def __init__(self, path: Path, offset: int = 0, loop: bool = False, whole: bool = True) -> None:
        self._path = path
        self._loop = loop
        self._whole = whole
        self._file: BinaryIO = path.open("rb")
        self._file.seek(offset)
        self._offset = offset
        self.inode = os.fstat(self._file.fileno()).st_ino
        self._given: dict[Path, Mark] = {}
        self._ended = False

    def next(self) -> Line | None:
        """The next line, from the beginning again after the last one where it loops."""
        text = self._file.readline(LONGEST)
        if not text and self._loop and self._offset:
            self._file.seek(0)
            self._offset = 0
            text = self._file.readline(LONGEST)
        if not text or not (self._whole or text.endswith(b"\n") or len(text) == LONGEST):
            self._file.seek(self._offset)
            self._ended = True
            return None
        self._ended = False
        line = Line(text.rstrip(b"\r\n"), f"{self._path.name}:{self._offset}")
        self._offset += len(text)
        if not self._loop:
            self._given = {self._path: Mark(self.inode, self._offset)}
        return line

    def ended(self) -> bool:
        """True at the end; a file that grows has more later."""
        return self._ended

    def marks(self) -> Mapping[Path, Mark]:
        """The place after the last line given; none where it loops."""
        given, self._given = self._given, {}
        return given

    def close(self) -> None:
        """Lets the file go."""
        self._file.close()
