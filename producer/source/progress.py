"""How far files have been sent: positions that are written down only after everything before them is safe."""

import json
import logging
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from comboio.host.disk import Disk
from producer.host.failure_log import FailureLog
from producer.options.instance import Instance
from producer.source.position import FilePosition, Reached

SAVE_S = 1.0
"""Longest that a save may take of the main loop's time; the rest of the notes is written at the next one."""

SYNCED = 16
"""Notes of one save up to which each is synced to the disk, at some milliseconds each. Of more at once, a machine that
fails may have older ones: those files are then sent again from there, which is no loss."""

KEPT_S = 86_400
"""A note whose file is gone is kept for a day, in which a directory that was away comes back."""

_TYPES = [int, int, str, int, str]
"""Types of a position's fields."""

_log = logging.getLogger(__name__)


class Noted(NamedTuple):
    """What a note says of a file."""

    position: FilePosition
    """How far it was sent."""
    instance: Instance
    """Which producer sent it."""


class Progress:
    """One small note for each source file, named after its inode, in `directory`; None remembers nothing."""

    def __init__(
        self,
        directory: Path | None,
        instance: Instance,
        disk: Disk,
        failures: FailureLog,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._directory = directory
        self._instance = instance
        self._disk = disk
        self._failures = failures
        self._clock = clock
        self._reached: dict[int, Reached] = {}

    def noted(self, inode: int) -> Noted | None:
        """Return what is written down of the file with this inode; a note that cannot be read counts as none."""
        if self._directory is None:
            return None
        try:
            note = json.loads(self._note(inode).read_bytes())
            position = FilePosition(*(note[field] for field in FilePosition._fields))
            if list(map(type, position)) != _TYPES or not 0 <= position.tail_bytes <= position.offset:
                return None
            return Noted(position, Instance.parse(note["instance"]))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def known(self, inode: int) -> FilePosition | None:
        """Return how far the file with this inode was sent, if that is written down."""
        noted = self.noted(inode)
        return noted.position if noted else None

    def reached(self, positions: Mapping[int, Reached]) -> None:
        """Note that everything before these positions, each by its file's inode, is safe."""
        self._reached.update(positions)

    def save(self) -> bool:
        """Write down what was reached since the last time; return whether all of it outlives this process."""
        if self._directory is None:
            self._reached.clear()
        until = self._clock() + SAVE_S
        durable = len(self._reached) <= SYNCED
        for inode, reached in list(self._reached.items()):
            note = {"path": str(reached.path), **reached.position._asdict(), "instance": repr(self._instance)}
            try:
                self._disk.replace(self._note(inode), [json.dumps(note).encode()], durable=durable)
            except OSError as error:
                self._failures.failed("writing down the progress in files", error)
                return False
            if self._reached.get(inode) == reached:
                del self._reached[inode]
            if self._clock() >= until:
                return not self._reached
        self._failures.works("writing down the progress in files")
        return True

    def prune(self, directory: Path, inodes: Collection[int], now_s: float) -> None:
        """Remove the notes of files that `directory` had and no longer has, a day after they were last written.

        A note that cannot be read is one of any directory: it counts as none, and a machine that fails leaves such.
        """
        if self._directory is None:
            return
        try:
            for note in self._directory.glob("*.json"):
                gone = note.stem.isdecimal() and int(note.stem) not in inodes
                old = gone and now_s - note.stat().st_mtime > KEPT_S
                if old and _directory_of(note.read_bytes()) in (directory, None):
                    self._disk.remove(note)
        except OSError as error:
            _log.debug("old notes stay: %s", error)

    def _note(self, inode: int) -> Path:
        if self._directory is None:
            raise ValueError("nothing is noted without a directory")
        return self._directory / f"{inode}.json"


def _directory_of(note: bytes) -> Path | None:
    """Return the directory of the file that a note is of; None if the note is damaged."""
    try:
        found: Any = json.loads(note)
        return Path(found["path"]).parent
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
