"""A disk in memory that fails by a script or for a while. What it was given stays when its process is killed."""

import errno
import os
from pathlib import Path

from comboio.host.disk import SystemCalls
from tests.simulation.producer.calls import Calls
from tests.simulation.producer.durable import Durable
from tests.simulation.producer.turns import Killed, Turns


class ScriptedCalls(SystemCalls):
    """System calls of which any may fail, be the last, or both in part."""

    def __init__(self, calls: Calls, turns: Turns, durable: Durable) -> None:
        self.durable = durable
        self._paths: dict[int, Path] = {}
        self.room: int | None = None
        """Bytes that it still takes; None is as many as there are."""
        self.broken = 0
        """The error that it answers every call with; 0 is none."""
        self.failures = 0
        self._calls = calls
        self._turns = turns

    def open(self, path: Path, flags: int, mode: int) -> int:
        """See SystemCalls."""
        self._meet("open")
        file = super().open(path, flags, mode)
        self._paths[file] = path
        return file

    def write(self, file: int, data: memoryview) -> int:
        """See SystemCalls. A full disk takes a part first, and a killed process wrote one."""
        failed = self._calls.take("write") or self.broken
        if self._turns.dead:
            super().write(file, data[: len(data) // 2])
            raise Killed
        if self.room is not None:
            data = data[: self.room]
            self.room -= len(data)
        if failed or not data:
            self.failures += 1
            raise OSError(self.broken or errno.ENOSPC, os.strerror(self.broken or errno.ENOSPC))
        return super().write(file, data)

    def sync(self, file: int) -> None:
        """See SystemCalls. Memory needs no syncing; it is noted for a machine that fails."""
        self._meet("sync")
        self.durable.synced(self._paths[file])

    def close(self, file: int) -> None:
        """See SystemCalls. The file is closed in any case."""
        super().close(file)
        self._meet("close")

    def truncate(self, file: int, size: int) -> None:
        """See SystemCalls."""
        self._meet("truncate")
        super().truncate(file, size)

    def rename(self, old: Path, new: Path) -> None:
        """See SystemCalls."""
        self._meet("rename")
        super().rename(old, new)

    def remove(self, path: Path) -> None:
        """See SystemCalls."""
        self._meet("remove")
        super().remove(path)

    def make_directory(self, path: Path) -> None:
        """See SystemCalls."""
        self._meet("make a directory")
        super().make_directory(path)

    def _meet(self, name: str) -> None:
        if self._calls.take(name) or self.broken:
            self.failures += 1
            raise OSError(self.broken or errno.EIO, os.strerror(self.broken or errno.EIO))
