"""Lines of the files of a directory, and of those that come later."""

import logging
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from producer.options.instance import Instance
from producer.source.file import FileLines
from producer.source.line import Line
from producer.source.progress import Mark, Progress

_log = logging.getLogger(__name__)
_LOOK_S = 0.5
_UNFINISHED = (".tmp", ".part", ".new")


class DirectoryLines:
    """One file after another, by name; files that grow go on. A last line without an end waits for its end.

    Hidden files and those named `.tmp`, `.part` or `.new` are passed over: write under such a name, then rename.
    Of several producers each takes the files in its own share.
    """

    def __init__(self, directory: Path, progress: Progress, instance: Instance, clock: Callable[[], float]) -> None:
        self._directory = directory
        self._progress = progress
        self._instance = instance
        self._clock = clock
        self._looked_at = float("-inf")
        self._sizes: dict[Path, Mark] = {}
        self._waiting: list[Path] = []
        self._path = directory
        self._file: FileLines | None = None
        self._given: dict[Path, Mark] = {}
        self._at: dict[Path, Mark] = {}

    def next(self) -> Line | None:
        """The next line of any file."""
        while self._file or self._open():
            if self._file:
                line = self._file.next()
                moved = self._file.marks()
                self._given.update(moved)
                self._at.update(moved)
                if line is not None:
                    return line
                self._file.close()
                self._file = None
        return None

    def ended(self) -> bool:
        """Never: a file may come any time."""
        return False

    def marks(self) -> Mapping[Path, Mark]:
        """The places after the last lines given."""
        given, self._given = self._given, {}
        return given

    def _open(self) -> bool:
        if not self._waiting:
            self._look()
        while self._waiting:
            self._path = self._waiting.pop(0)
            try:
                self._file = FileLines(self._path, self._offset(self._path), whole=False)
            except OSError as error:
                _log.warning("a file cannot be read: %s", error.strerror, extra={"file": self._path.name})
            else:
                return True
        return False

    def _look(self) -> None:
        """Lists the files whose size, or identity, is another one than at the last look."""
        if (now := self._clock()) - self._looked_at < _LOOK_S:
            return
        self._looked_at = now
        sizes: dict[Path, Mark] = {}
        for path in sorted(self._directory.iterdir()):
            if path.name.startswith(".") or path.suffix in _UNFINISHED or not self._instance.has(path.name):
                continue
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            if stat.S_ISREG(status.st_mode):
                sizes[path] = Mark(status.st_ino, status.st_size)
        for path in self._sizes.keys() - sizes.keys():
            self._at.pop(path, None)
            self._progress.forget(path)
        self._waiting = [path for path, size in sizes.items() if size != self._sizes.get(path)]
        self._sizes = sizes

    def _offset(self, path: Path) -> int:
        at, status = self._at.get(path), path.stat()
        if at is None:
            return self._progress.offset(path)
        return at.offset if at.inode == status.st_ino and at.offset <= status.st_size else 0
