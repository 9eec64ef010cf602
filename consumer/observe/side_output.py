"""Files of lines beside the work, statistics and the journal: they are told of, and never end or hinder the work."""

import errno
import json
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO

from consumer.observe.journal import LineWriter

REOPEN_S = 5.0
"""Seconds without a file after a failed write, before it is opened again."""

_DISK_TROUBLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS})
"""What a disk says that is full, above a quota, broken or read-only today: no fault of the option that names a file."""


class LineFile:
    """Appends JSON lines to a file, and flushes each, so that what was written outlives the process (not the machine).

    After a failed write (a full disk) lines are left out until the file opens again. A file that was moved or deleted,
    as log rotation does, is made again.

    Raises:
        OSError: there can be no file at this place, whatever the disk does.
    """

    def __init__(self, path: Path, log: logging.Logger, clock: Callable[[], float]) -> None:
        self._path = path.absolute()  # a handler in this process may change the directory
        self._log = log
        self._clock = clock
        self._not_before = 0.0
        self._left_out = 0
        self._identity: tuple[int, int] | None = None
        self._file: TextIO | None = None
        try:
            self._file = self._open()
        except OSError as error:
            if error.errno not in _DISK_TROUBLE:
                raise
            self._log.warning("could not open %s, which is tried again with each line: %s", self._path, error)

    def write(self, line: Mapping[str, Any]) -> None:
        """Append a line."""
        if self._file is None and self._clock() < self._not_before:
            self._left_out += 1
            return
        try:
            if self._file is None or self._identity != _identity(self._path):
                self.close()
                self._file = self._open()
            self._file.write(json.dumps(line, separators=(",", ":")) + "\n")
            self._file.flush()
        except (OSError, ValueError) as error:
            self._file = None
            self._left_out += 1
            self._not_before = self._clock() + REOPEN_S
            self._log.warning("could not write to %s, which is opened again in %g s: %s", self._path, REOPEN_S, error)
            return
        if self._left_out:
            self._log.warning("%s is written again; %d lines are missing", self._path, self._left_out)
            self._left_out = 0

    def close(self) -> None:
        """Close the file."""
        file, self._file = self._file, None
        if file is not None:
            try:
                file.close()
            except OSError as error:
                self._log.warning("could not close %s: %s", self._path, error)

    def _open(self) -> TextIO:
        file = self._path.open("a", encoding="utf-8")
        self._identity = _identity(self._path)
        return file


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what tells the file at `path` from any other; None if there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


class LineStream:
    """Writes JSON lines to a stream of this process that somebody else opened, until it breaks."""

    def __init__(self, stream: TextIO | None, log: logging.Logger) -> None:
        self._stream = stream
        self._log = log

    def write(self, line: Mapping[str, Any]) -> None:
        """Write a line."""
        if self._stream is None:
            return
        try:
            self._stream.write(json.dumps(line, separators=(",", ":")) + "\n")
            self._stream.flush()
        except (OSError, ValueError) as error:
            _redirect_to_null(self._stream)
            self._stream = None
            self._log.warning("standard output is gone, so no more statistics are written to it: %s", error)


def _redirect_to_null(stream: TextIO) -> None:
    """Let what is left in the stream's buffer go nowhere: Python would end with status 120 when it cannot flush it."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
    except (OSError, ValueError):
        return


class NoLines:
    """Writes nothing."""

    def write(self, line: Mapping[str, Any]) -> None:
        """Leave the line out."""


class Several:
    """Writes each line to several places."""

    def __init__(self, *places: LineWriter) -> None:
        self._places = places

    def write(self, line: Mapping[str, Any]) -> None:
        """Write a line."""
        for place in self._places:
            place.write(line)
