"""Lines of the files of a directory, and of those that come later."""

import logging
import os
import stat
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from producer.host.failure_log import FailureLog
from producer.options.instance import Instance
from producer.source.file import FileLines
from producer.source.line import Line
from producer.source.position import FilePosition, Reached
from producer.source.progress import Progress
from producer.source.watch import Watch

LOOK_S = 0.5
"""Seconds between two looks for what has changed."""

SCAN_S = 60.0
"""Seconds between two looks at every file where the kernel tells of changes: in case that it does not tell of all."""

_SCAN_SHARE = 0.05
"""Most of the time that looks at every file take where nobody tells of changes: the more files, the fewer looks."""

RETRY_S = 5.0
"""Least seconds between two attempts to read the files that could not be read; a change is looked at at once."""

_RETRIES_A_S = 1_000
"""Files that cannot be read, for each of which so much of a second passes between two attempts: about 5% of a core."""

_PRUNE_S = 3_600.0
"""Seconds between two removals of notes that are no longer needed."""

UNFINISHED = (".tmp", ".part", ".new")
"""Endings of files that their writer has not finished; they are renamed then."""

_COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".lz4", ".zip")
"""Endings of files that are left alone: mostly they were read before they were compressed."""

_log = logging.getLogger(__name__)


class FileState(NamedTuple):
    """What says that a file has changed."""

    inode: int
    size: int
    changed_ns: int
    """The kernel's own time of the change: the time of modification can be set, and is, by programs that copy."""


class DirectoryLines:
    """One file after another, by name; files that grow are continued. A last line without an end waits for its end.

    Only names that match one of `patterns` are read. Hidden files, those named `.tmp`, `.part` or `.new` (write under
    such a name, then rename) and compressed ones are not. A file that was begun is read to its end under any name, so
    that a rotation by rename neither loses a line nor sends one twice. Of several producers each takes its own share.
    A directory or file that cannot be read is tried again.
    """

    def __init__(
        self,
        directory: Path,
        patterns: Sequence[str],
        progress: Progress,
        instance: Instance,
        watch: Watch,
        failures: FailureLog,
        clock: Callable[[], float],
    ) -> None:
        self._directory = directory
        self._patterns = patterns
        self._progress = progress
        self._instance = instance
        self._watch = watch
        self._failures = failures
        self._clock = clock
        self._look_at = self._scan_at = self._prune_at = self._retry_at = float("-inf")
        self._seen: dict[str, FileState] = {}
        self._waiting: list[str] = []
        self._retry: set[str] = set()
        self._told: set[str] = set()
        self._name = ""
        self._file: FileLines | None = None
        self._given: dict[int, Reached] = {}
        self._at: dict[int, FilePosition] = {}

    def next(self) -> Line | None:
        """Return the next line of any file."""
        while self._file or self._open():
            if self._file is None:
                continue
            try:
                # What comes after the size it was opened with comes at its next turn: the others must have theirs.
                line = None if self._file.passed(self._file.size) else self._file.next()
            except OSError as error:
                self._later(self._name, error)
                line = None
            if line is not None:
                return line
            self._close()
        return None

    def ended(self) -> bool:
        """Return False: a file may come any time."""
        return False

    def positions(self) -> Mapping[int, Reached]:
        """Return the places after the last lines given."""
        self._note_position()
        given, self._given = self._given, {}
        return given

    def _close(self) -> None:
        self._note_position()
        if self._file:
            self._file.close()
        self._file = None

    def _note_position(self) -> None:
        if self._file:
            for inode, reached in self._file.positions().items():
                self._given[inode], self._at[inode] = reached, reached.position

    def _known(self, inode: int) -> FilePosition | None:
        return self._at.get(inode) or self._progress.known(inode)

    def _open(self) -> bool:
        if not self._waiting:
            self._look()
        while self._waiting:
            self._name = self._waiting.pop(0)
            try:
                self._file = FileLines(self._directory / self._name, self._known, whole=False)
            except FileNotFoundError:
                continue
            except OSError as error:
                self._later(self._name, error)
            else:
                self._failures.works(f"reading the file {self._name}")
                return True
        return False

    def _later(self, name: str, error: OSError) -> None:
        self._failures.failed(f"reading the file {name}", error)
        self._retry.add(name)

    def _look(self) -> None:
        """List the files that have changed since the last look."""
        now = self._clock()
        if now < self._look_at:
            return
        self._look_at = now + LOOK_S
        try:
            names = self._watch.changed()
            if names is None or now >= self._scan_at:
                changed = self._scan()
                took = self._clock() - now
                self._scan_at = now + SCAN_S
                self._look_at = now + max(LOOK_S, took / _SCAN_SHARE)
            else:
                changed = self._changed(names)
        except OSError as error:
            self._scan_at = float("-inf")
            self._failures.failed("reading the watched directory", error)
            return
        self._failures.works("reading the watched directory")
        if now >= self._retry_at and self._retry:
            self._retry_at = now + max(RETRY_S, len(self._retry) / _RETRIES_A_S)
            for name in self._retry:
                self._seen.pop(name, None)
            changed += self._changed(self._retry)
            self._retry = set()
        self._waiting = sorted({*changed})

    def _scan(self) -> list[str]:
        """Look at every file; return the names of those to be read."""
        with os.scandir(self._directory) as entries:
            names = [entry.name for entry in entries]
        self._seen = {name: self._seen[name] for name in names if name in self._seen}
        changed = self._changed(names)
        if (now := self._clock()) >= self._prune_at:
            self._prune_at = now + _PRUNE_S
            inodes = {state.inode for state in self._seen.values()}
            self._at = {inode: position for inode, position in self._at.items() if inode in inodes}
            self._progress.prune(self._directory, inodes, time.time())
        return changed

    def _changed(self, names: Iterable[str]) -> list[str]:
        changed = []
        for name in names:
            try:
                status = (self._directory / name).stat()
            except OSError:  # it is gone again, or a link to nowhere
                self._seen.pop(name, None)
                continue
            state = FileState(status.st_ino, status.st_size, status.st_ctime_ns)
            if stat.S_ISREG(status.st_mode) and state != self._seen.get(name):
                self._seen[name] = state
                if self._is_ours(name, state.inode):
                    changed.append(name)
        return changed

    def _is_ours(self, name: str, inode: int) -> bool:
        wanted = self._is_wanted(name)
        if wanted and self._instance.total == 1:
            return True
        if inode in self._at:
            return self._is_same(name, self._at[inode]) or (wanted and self._instance.has(name))
        noted = self._progress.noted(inode)
        if noted and self._is_same(name, noted.position) and noted.instance.total == self._instance.total:
            return noted.instance == self._instance
        return wanted and self._instance.has(name)

    def _is_wanted(self, name: str) -> bool:
        if name.startswith(".") or name.endswith(UNFINISHED):
            return False
        if name.endswith(_COMPRESSED):
            if name not in self._told:
                self._told.add(name)
                _log.info("a compressed file is not read", extra={"file": name})
            return False
        return any(fnmatchcase(name, pattern) for pattern in self._patterns)

    def _is_same(self, name: str, position: FilePosition) -> bool:
        """Return whether the file is one that was read before, perhaps under another name."""
        try:
            with (self._directory / name).open("rb") as file:
                return position.is_in(file.fileno())
        except OSError:
            return False
