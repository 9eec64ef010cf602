"""Files of lines beside the work, statistics and the journal: they are told of, and never end or hinder the work."""

import errno
import json
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO

from comboio.host.disk import PUBLIC, Disk
from consumer.observe.journal import LineWriter

RETRY_S = 5.0
"""Seconds after a failed write for which lines are left out, before the next one is tried."""

_DISK_TROUBLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS})
"""What a disk says that is full, above a quota, broken or read-only today: no fault of the option that names a file."""


class LineFile:
    """Appends JSON lines to a file, each at once, so that what was written outlives the process (not the machine).

    After a failed write (a full disk) lines are left out for a while. What a full disk or a killed process left of a
    line ends there: no other line continues it. A file that was moved or deleted, as log rotation does, is made again.

    Raises:
        OSError: there can be no file at this place, whatever the disk does.
    """

    def __init__(self, path: Path, disk: Disk, log: logging.Logger, clock: Callable[[], float]) -> None:
        self._path = path.absolute()  # a handler in this process may change the directory
        self._disk = disk
        self._log = log
        self._clock = clock
        self._not_before = 0.0
        self._left_out = 0
        self._path.parent.stat()  # a directory that is not there is the option's fault, and none to be made
        try:
            self._disk.append(self._path, b"", PUBLIC)
        except OSError as error:
            if error.errno not in _DISK_TROUBLE:
                raise
            self._log.warning("could not open %s, which is tried again with each line: %s", self._path, error)

    def write(self, line: Mapping[str, Any]) -> None:
        """Append a line."""
        if self._clock() < self._not_before:
            self._left_out += 1
            return
        try:
            self._disk.append(self._path, json.dumps(line, separators=(",", ":")).encode() + b"\n", PUBLIC)
        except OSError as error:
            self._left_out += 1
            self._not_before = self._clock() + RETRY_S
            self._log.warning("could not write to %s, which is tried again in %g s: %s", self._path, RETRY_S, error)
            return
        if self._left_out:
            self._log.warning("%s is written again; %d lines are missing", self._path, self._left_out)
            self._left_out = 0


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
            self._log.warning("standard output is closed, so no more statistics are written to it: %s", error)


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
