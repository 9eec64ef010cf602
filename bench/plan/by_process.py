"""How many seconds of a core a command's processes took by a time: those that carry out batches, and the others."""

import os
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

PROC = Path("/proc")
"""Where Linux shows its processes; elsewhere nothing is found, and everything counts as a batch's."""

EVERY_S = 0.2
"""Seconds between two looks: what a process took after the last one is not counted."""

OF_BATCHES = ("-m consumer", "-m ministack", "aws-lambda-rie")
"""What the commands have in them that carry out batches: consumer and function, and the services that they call."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken by a time."""

    at: float
    """When (s, as `time.time` counts)."""
    batches_s: float
    """Seconds of a core by processes that carry out batches."""
    beside_s: float
    """Seconds of a core by all others: what brings the records, and what watches."""


@dataclass(slots=True)
class ByProcess:
    """Looks at a process and all below it, for the length of a `with` block."""

    pid: int
    """The process at the top."""
    proc: Path = PROC
    """Where the processes are shown."""
    looks: list[Taken] = field(default_factory=list)
    """What was seen, in the order of time."""
    _taken: dict[int, tuple[str, float]] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def look(self) -> None:
        """Read what each has taken by now."""
        below = {self.pid, *self._taken}  # a process whose parent ended is still one of them
        for pid, parent, seconds in sorted(self._processes()):
            if pid in below or parent in below:
                below.add(pid)
                self._taken[pid] = (self._command(pid) or self._taken.get(pid, ("", 0.0))[0], seconds)
        batches = sum(seconds for command, seconds in self._taken.values() if any(w in command for w in OF_BATCHES))
        everything = sum(seconds for _, seconds in self._taken.values())
        self.looks.append(Taken(time.time(), batches, everything - batches))

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(EVERY_S):
            self.look()

    def _processes(self) -> Iterator[tuple[int, int, float]]:
        """Yield each process with its parent and the seconds that it took."""
        for path in self.proc.glob("[0-9]*/stat"):
            try:
                fields = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            except OSError:
                continue  # it ended meanwhile
            yield int(path.parent.name), int(fields[1]), (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _command(self, pid: int) -> str:
        try:
            return (self.proc / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            return ""


def between(looks: Sequence[Taken], begins: float, ends: float) -> Taken:
    """Return what was taken between two times, as near as the looks are; `at` is the second one."""
    if not looks:
        return Taken(ends, 0.0, 0.0)
    times = [look.at for look in looks]
    first, last = (looks[min(bisect_left(times, at), len(looks) - 1)] for at in (begins, ends))
    return Taken(last.at, last.batches_s - first.batches_s, last.beside_s - first.beside_s)
