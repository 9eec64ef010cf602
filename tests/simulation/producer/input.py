"""What somebody writes for the producer to read, and what became known of each line."""

import errno
import fcntl
import os
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Literal, NamedTuple

from producer.source.line import Line
from producer.source.lines import Lines
from producer.source.position import Reached
from tests.simulation.producer.calls import Calls

SourceKind = Literal["file", "directory", "pipe"]
LARGE = 3_000
"""Bytes of a large line; the others have some 150."""
PIPE_BYTES = 1 << 20
"""More than all lines of a history: nobody waits for room in the pipe."""

LINES_A_CALL = 10
"""Lines that are read in one call of the disk: more of what happens is left to the other calls."""


class Written(NamedTuple):
    """One line."""

    number: int
    file: int
    """Its file's inode."""
    end: int
    """Where it ends there."""
    sound: bool
    """Whether nobody may refuse it."""
    key: str


class Input:
    """A file, a directory or a pipe, and all lines that were ever written."""

    def __init__(self, kind: SourceKind, directory: Path, random: Random) -> None:
        self.kind = kind
        self.lines: dict[bytes, Written] = {}
        self.taken: set[bytes] = set()
        """Lines that a process was given."""
        self.directory = directory / "in"
        self.directory.mkdir()
        self.path = self.directory / "a.jsonl"
        self.path.touch()
        self._random = random
        self._rotations = 0
        self._half = b""
        self._pipe: int | None = None

    def write(self, lines: int, *, in_part: bool = False) -> int:
        """Write some lines, the last of them in part if so; return how many are whole."""
        made = [self._line(len(self.lines) + number) for number in range(lines)]
        ends_at, inode = self.path.stat().st_size, self.path.stat().st_ino
        data = self._half
        self._half = b""
        for text, sound, key in made:
            data += text + b"\n"
            self.lines[text] = Written(len(self.lines), inode, ends_at + len(data), sound, key)
        if self.kind == "pipe":
            if self._pipe is not None:
                os.write(self._pipe, data)
            return lines
        with self.path.open("ab") as file:
            file.write(data)
            if in_part and self.kind == "directory":
                self._half = b" " * 10 + b"\n"  # a blank line, whose end comes later
                file.write(self._half[:5])
                self._half = self._half[5:]
        return lines

    def rotate(self) -> None:
        """Rename the file, and begin a new one."""
        if self.kind == "directory" and not self._half:
            self._rotations += 1
            self.path.rename(self.path.with_suffix(f".{self._rotations}"))
            self.path.touch()

    def open_pipe(self) -> int:
        """Return the end of a new pipe that a process reads: what none was given is in it, and comes into it."""
        self.close_pipe()
        read, self._pipe = os.pipe()
        fcntl.fcntl(self._pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        os.write(self._pipe, b"".join(text + b"\n" for text in self.lines if text not in self.taken))
        return read

    def close_pipe(self) -> None:
        """Close our end."""
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None

    def _line(self, number: int) -> tuple[bytes, bool, str]:
        random = self._random
        kind = random.choices(("sound", "large", "invalid", "malformed", "unknown"), (30, 3, 2, 1, 1))[0]
        codigo, truck = random.choice((300, 301, 302)), random.randint(0, 4)
        text = (
            f'{{"codigo":{999 if kind == "unknown" else codigo},"truck_id":"T{truck}","event_id":"e{number}",'
            f'"correlation_id":"c","occurred_at":"2026-01-01T00:00:00Z"'
        )
        if kind == "malformed":
            return text.encode(), False, ""
        if kind == "large":
            text += f',"pad":"{"x" * LARGE}"'
        elif kind == "invalid":
            text += ',"bad":1'
        return f"{text}}}".encode(), kind == "sound", f"{codigo}:T{truck}"


class WatchedLines:
    """Lines whose reading may fail, and of which it is known who was given them."""

    def __init__(self, lines: Lines, calls: Calls, taken: set[bytes]) -> None:
        self._lines = lines
        self._calls = calls
        self._taken = taken
        self._read = 0

    def next(self) -> Line | None:
        """See Lines."""
        self._read += 1
        if self._read % LINES_A_CALL == 0 and self._calls.take("read"):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        line = self._lines.next()
        if line is not None:
            self._taken.add(line.text)
        return line

    def ended(self) -> bool:
        """See Lines."""
        return self._lines.ended()

    def positions(self) -> Mapping[int, Reached]:
        """See Lines."""
        return self._lines.positions()
