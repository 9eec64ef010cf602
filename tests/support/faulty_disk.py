"""A disk of which any call can be made to fail, and what a producer's stores need for a test."""

import errno
import os
from pathlib import Path

from comboio.host.disk import Disk, SystemCalls
from producer.host.failure_log import FailureLog
from producer.options.instance import Instance
from producer.source.progress import Progress

ERRORS = (errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT)
"""What a disk says that is full, broken, read-only, or above a quota."""


class FaultyCalls(SystemCalls):
    """System calls of which one, or all from now on, fail."""

    def __init__(self) -> None:
        self.made = 0
        self.fail_at = -1
        self.broken = False
        self.error = errno.ENOSPC
        self._partly = False

    def _meet(self) -> None:
        self.made += 1
        if self.broken or self.made == self.fail_at:
            raise OSError(self.error, os.strerror(self.error))

    def open(self, path: Path, flags: int, mode: int) -> int:
        self._meet()
        return super().open(path, flags, mode)

    def write(self, file: int, data: memoryview) -> int:
        if self.made + 1 == self.fail_at and len(data) > 1 and not self._partly:
            self._partly = True  # a disk that fills up takes a part first
            return super().write(file, data[: len(data) // 2])
        self._partly = False
        self._meet()
        return super().write(file, data)

    def sync(self, file: int) -> None:
        self._meet()
        super().sync(file)

    def close(self, file: int) -> None:
        super().close(file)
        self._meet()

    def truncate(self, file: int, size: int) -> None:
        self._meet()
        super().truncate(file, size)

    def rename(self, old: Path, new: Path) -> None:
        self._meet()
        super().rename(old, new)

    def remove(self, path: Path) -> None:
        self._meet()
        super().remove(path)

    def make_directory(self, path: Path) -> None:
        self._meet()
        super().make_directory(path)


def sound_disk() -> Disk:
    return Disk(SystemCalls())


def failure_log() -> FailureLog:
    return FailureLog(lambda: 0.0)


def progress(directory: Path | None, instance: Instance = Instance(), disk: Disk | None = None) -> Progress:  # noqa: B008 - immutable
    return Progress(directory, instance, disk or sound_disk(), failure_log())
