"""Lines of one file: once, or over and over."""

import errno
import logging
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from producer.source.line import Line
from producer.source.position import HEAD, TAIL, FilePosition, Reached, fingerprint

LONGEST = 16 << 20
"""Bytes of a line beyond which it is cut: no message may be this long, and memory has an end."""

_log = logging.getLogger(__name__)


class FileLines:
    """The lines of `path`, from where `known` says that the file with an inode was read to.

    If the file has other content than what was read of it, or becomes shorter, it is read from its beginning, and a
    warning says so; that is looked at when it is opened, and whenever `positions` was asked for. The last line counts
    without a line end only if `whole`.

    Raises:
        OSError: the file cannot be read; the next call tries again.
    """

    def __init__(
        self,
        path: Path,
        known: Callable[[int], FilePosition | None],
        *,
        loop: bool = False,
        whole: bool = True,
    ) -> None:
        self._path = path
        self._loop = loop
        self._whole = whole
        self._file: BinaryIO = os.fdopen(_open(path), "rb")
        status = os.fstat(self._file.fileno())
        if not stat.S_ISREG(status.st_mode):
            self._file.close()
            raise FileNotFoundError(errno.ENOENT, "it is no longer a regular file", str(path))
        self.inode = status.st_ino
        self.size = status.st_size
        """Bytes that the file had when it was opened."""
        self._ended = False
        self._moved = False
        self._offset = 0
        self._head = self._tail = b""
        self._vouched: FilePosition | None = None
        """What the caller was told of lines given, and has not been compared with the file since."""
        if known_position := known(self.inode):
            self._continue(known_position)

    def next(self) -> Line | None:
        """Return the next line, from the beginning again after the last one where it loops."""
        try:
            if self._vouched:
                self._compare(self._vouched)
            text = self._file.readline(LONGEST)
            if not text and (self._restarts() or (self._loop and self._offset)):
                self._begin()
                text = self._file.readline(LONGEST)
        except OSError:
            self._file.seek(self._offset)
            raise
        if not text or not (self._whole or text.endswith(b"\n") or len(text) == LONGEST):
            self._file.seek(self._offset)
            self._ended = True
            return None
        self._ended = False
        line = Line(text.rstrip(b"\r\n"), f"{self._path.name}:{self._offset}")
        if self._offset < HEAD:
            self._head = (self._head + text)[:HEAD]
        self._offset += len(text)
        self._tail = text
        self._moved = True
        return line

    def ended(self) -> bool:
        """Return True at the end; a file that grows has more later."""
        return self._ended

    def positions(self) -> Mapping[int, Reached]:
        """Return the place after the last line given, if there were lines since the last call; none where it loops."""
        if self._loop or not self._moved:
            return {}
        self._moved = False
        tail = self._tail[-TAIL:]
        self._vouched = FilePosition(self.inode, self._offset, fingerprint(self._head), len(tail), fingerprint(tail))
        return {self.inode: Reached(self._path, self._vouched)}

    def passed(self, offset: int) -> bool:
        """Return whether everything before this place was given."""
        return self._offset >= offset

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _compare(self, position: FilePosition) -> None:
        """Begin anew if the file has no longer what was given of it, as one that was cut and has grown since."""
        self._vouched = None
        if not position.is_in(self._file.fileno()):
            self._warn(position.offset)
            self._begin()

    def _warn(self, offset: int) -> None:
        _log.warning(
            "a file has other content than before: it is read from the beginning",
            extra={"file": self._path.name, "was_read_to": offset},
        )

    def _begin(self) -> None:
        self._vouched = None
        self._file.seek(0)
        self._offset = 0
        self._head = self._tail = b""

    def _continue(self, position: FilePosition) -> None:
        if not position.is_in(self._file.fileno()):
            self._warn(position.offset)
            return
        self._head = os.pread(self._file.fileno(), min(HEAD, position.offset), 0)
        self._offset = position.offset
        self._file.seek(self._offset)
        _log.debug("continuing in a file", extra={"file": self._path.name, "offset": self._offset})

    def _restarts(self) -> bool:
        """Return whether the file became shorter than what was read of it, and say so."""
        size = os.fstat(self._file.fileno()).st_size
        if size >= self._offset:
            return False
        _log.warning(
            "a file became shorter: it is read from the beginning",
            extra={"file": self._path.name, "was_read_to": self._offset, "size": size},
        )
        return True


def _open(path: Path) -> int:
    """Open a file; a pipe that has come in its place since would wait for somebody to write to it."""
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
