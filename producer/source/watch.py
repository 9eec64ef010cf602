"""What has changed in a directory, as the kernel tells it (inotify): an idle directory costs nothing, however full."""

import ctypes
import errno
import os
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import Protocol

EVENTS = 0x2 | 0x4 | 0x8 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x800
"""Modified, attributes, closed after writing, moved out and in, created, deleted, and the directory itself gone."""

_GONE = 0x400 | 0x800 | 0x2000 | 0x8000
"""The directory was deleted, moved, unmounted, or is no longer watched."""

_OVERFLOW = 0x4000
"""More has happened than the kernel's queue holds."""

HEADER = struct.Struct("iIII")
"""An event: watch, mask, cookie, length of the name that follows."""

CHUNK = 1 << 16
"""Bytes of events read at a time."""

_TOLD = frozenset(
    ("bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "jfs", "overlay", "ramfs", "reiserfs", "tmpfs", "xfs", "zfs")
)
"""File systems whose every change this kernel makes, so that it can tell of it; a network's others may change too."""


class Watch(Protocol):
    """Tells what has changed in a directory."""

    def changed(self) -> set[str] | None:
        """Return the names that have changed since the last call; None if only a look at all of them tells.

        Raises:
            OSError: the directory is not there, or cannot be watched now.
        """
        ...


class Polling:
    """A watch that knows nothing: the directory must be looked at."""

    def changed(self) -> None:
        """Return None, always."""
        return


class Inotify:
    """The kernel's watch of `directory`. One that was moved away and came back, or another in its place, is watched."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._library = ctypes.CDLL(None, use_errno=True)
        self._events: int | None = None
        self._identity: tuple[int, int] | None = None

    def changed(self) -> set[str] | None:
        """See Watch."""
        status = self._directory.stat()
        identity = status.st_dev, status.st_ino
        if self._events is None or identity != self._identity:
            self.close()
            with suppress(OSError):  # this user may have no more watches; then whoever asks has to look
                self._open(identity)
            return None
        names: set[str] = set()
        while data := self._read():
            at = 0
            while at < len(data):
                _, mask, _, length = HEADER.unpack_from(data, at)
                at += HEADER.size + length
                if mask & _GONE:
                    self.close()
                    return None
                if mask & _OVERFLOW:
                    return None
                names.add(os.fsdecode(data[at - length : at].rstrip(b"\0")))
        return names - {""}

    def close(self) -> None:
        """Stop watching."""
        if self._events is not None:
            os.close(self._events)
            self._events = None

    def _open(self, identity: tuple[int, int]) -> None:
        events = self._call("inotify_init1", os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            self._call("inotify_add_watch", events, os.fsencode(self._directory), EVENTS)
        except OSError:
            os.close(events)
            raise
        self._events, self._identity = events, identity

    def _call(self, name: str, *arguments: int | bytes) -> int:
        result = int(getattr(self._library, name)(*arguments))
        if result < 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
        return result

    def _read(self) -> bytes:
        try:
            return os.read(self._events or 0, CHUNK)
        except BlockingIOError:
            return b""
        except OSError as error:
            if error.errno == errno.EINTR:
                return b""
            raise


def watch(directory: Path) -> Watch:
    """Return the kernel's watch where it tells of every change, else one that makes the caller look."""
    if sys.platform == "linux" and file_system(directory, _mounts()) in _TOLD:
        return Inotify(directory)
    return Polling()


def file_system(directory: Path, mounts: str) -> str:
    """Return the type of the file system that `directory` is on, by the text of /proc/self/mountinfo; "" if unknown."""
    place = str(directory.resolve())
    best = kind = ""
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        fields = left.split()
        if len(fields) < 5 or not right:
            continue
        point = fields[4].encode().decode("unicode_escape")
        inside = place == point or place.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, right.split()[0]
    return kind


def _mounts() -> str:
    try:
        return Path("/proc/self/mountinfo").read_text(errors="replace")
    except OSError:
        return ""
