"""Writes that happen whole or leave what was there; no file stays open in between, so that any may be moved away."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

PRIVATE = 0o600
"""Mode of a file that holds messages: nobody but its owner reads it."""

PUBLIC = 0o666
"""Mode of any other file; the process's umask takes away from it."""


class SystemCalls:
    """The calls that a disk makes, one method each, so that a test can make any of them fail."""

    def open(self, path: Path, flags: int, mode: int) -> int:
        """Open `path`; see os.open."""
        return os.open(path, flags | os.O_CLOEXEC | os.O_NOCTTY, mode)

    def write(self, file: int, data: memoryview) -> int:
        """Write some of `data`; see os.write."""
        return os.write(file, data)

    def sync(self, file: int) -> None:
        """Make what was written durable; see os.fsync."""
        os.fsync(file)

    def close(self, file: int) -> None:
        """Close the file; see os.close."""
        os.close(file)

    def truncate(self, file: int, size: int) -> None:
        """Cut the file; see os.ftruncate."""
        os.ftruncate(file, size)

    def rename(self, old: Path, new: Path) -> None:
        """Put the file `old` in the place of `new`; see os.replace."""
        old.replace(new)

    def remove(self, path: Path) -> None:
        """Remove the file; see os.unlink."""
        path.unlink()

    def make_directory(self, path: Path) -> None:
        """Make the directory and those above it; see os.makedirs."""
        path.mkdir(parents=True, exist_ok=True)


class Disk:
    """Appends to files, replaces and removes them.

    Raises:
        OSError: the disk refused; what was there before is still there.
    """

    def __init__(self, calls: SystemCalls) -> None:
        self._calls = calls
        self._named: set[Path] = set()
        """Files whose names are known to be on disk: a name is its directory's content, and synced with that."""
        self._made: set[Path] = set()
        """Directories that were made here, whose names are not known to be on disk."""

    def append(self, path: Path, data: bytes, mode: int, *, durable: bool = False) -> None:
        """Add whole lines to the file at `path`, and make it if there is none."""
        file = self._open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK, mode)
        try:
            status = os.fstat(file)
            regular = stat.S_ISREG(status.st_mode)
            if regular and status.st_size and not _ends_with_a_line(path):
                data = b"\n" + data
            left = memoryview(data)
            try:
                while left:
                    left = left[self._calls.write(file, left) :]
                if durable and regular:
                    self._calls.sync(file)
                    if not status.st_size or path not in self._named:
                        self._sync_name(path)
                        self._named.add(path)
            except OSError:
                # A part of a line is worth nothing. What cannot be cut off gets its line end before the next line.
                if regular and os.fstat(file).st_size == status.st_size + len(data) - len(left):
                    self._calls.truncate(file, status.st_size)
                raise
        finally:
            self._calls.close(file)

    def replace(self, path: Path, chunks: Iterable[bytes], *, durable: bool = True) -> None:
        """Put a file of these bytes in the place of the one at `path`, which stays until then.

        One that is not `durable` outlives the process; when the machine fails, it may be either file, or empty.
        """
        fresh = path.with_name(f"{path.name}.new")
        try:
            file = self._open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE)
            try:
                for chunk in chunks:
                    left = memoryview(chunk)
                    while left:
                        left = left[self._calls.write(file, left) :]
                if durable:
                    self._calls.sync(file)
            finally:
                self._calls.close(file)
            self._calls.rename(fresh, path)
        except OSError:
            self._discard(fresh)
            raise
        if durable:
            self._sync_name(path)

    def remove(self, path: Path) -> None:
        """Remove the file at `path`, durably; nothing if there is none."""
        try:
            self._calls.remove(path)
        except FileNotFoundError:
            return
        self._sync_directory(path.parent)

    def _open(self, path: Path, flags: int, mode: int) -> int:
        try:
            return self._calls.open(path, flags, mode)
        except FileNotFoundError:
            self._made.update(each for each in path.parents if not each.exists())
            self._calls.make_directory(path.parent)
            return self._calls.open(path, flags, mode)

    def _discard(self, fresh: Path) -> None:
        """Give the room of a file back that was not finished; it is written over if that fails."""
        try:
            self._calls.remove(fresh)
        except OSError:
            return

    def _sync_name(self, path: Path) -> None:
        """Make a name durable, with those of the directories above it that were made for it."""
        self._sync_directory(path.parent)
        for directory in path.parents:
            if directory not in self._made:
                return
            self._sync_directory(directory.parent)
            self._made.remove(directory)

    def _sync_directory(self, path: Path) -> None:
        directory = self._calls.open(path, os.O_RDONLY | os.O_DIRECTORY, 0)
        try:
            self._calls.sync(directory)
        finally:
            self._calls.close(directory)


def _ends_with_a_line(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"
    except OSError:  # what only may be written to is taken to be whole
        return True
