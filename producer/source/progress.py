"""How far files have been sent: marks that are written down only after everything before them is safe."""

import json
import os
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple


class Mark(NamedTuple):
    """A place in a file: its inode, so that another file of that name is not taken for it, and bytes from its start."""

    inode: int
    offset: int


class Progress:
    """One small file for each source file, in `directory`; None remembers nothing beyond the run."""

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory
        self._reached: dict[Path, Mark] = {}

    def offset(self, path: Path) -> int:
        """Where to go on in `path`: 0 for one that was never sent, is another one, or has become shorter.

        Raises:
            OSError: `path` cannot be looked at.
        """
        if self._directory is None:
            return 0
        status = path.stat()
        try:
            noted = json.loads(self._note(path).read_bytes())
            mark = Mark(int(noted["inode"]), int(noted["offset"]))
        except (FileNotFoundError, ValueError, KeyError):
            return 0
        return mark.offset if mark.inode == status.st_ino and mark.offset <= status.st_size else 0

    def reached(self, marks: Mapping[Path, Mark]) -> None:
        """Everything before these marks is safe."""
        self._reached.update(marks)

    def save(self) -> None:
        """Writes down what was reached since the last time.

        Raises:
            OSError: it cannot be written.
        """
        reached, self._reached = self._reached, {}
        if self._directory is None:
            return
        for path, mark in reached.items():
            note = self._note(path)
            note.parent.mkdir(parents=True, exist_ok=True)
            fresh = note.with_suffix(".new")
            with fresh.open("w") as file:
                json.dump({"path": str(path), **mark._asdict()}, file)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(note)

    def forget(self, path: Path) -> None:
        """The file is gone."""
        if self._directory is not None:
            self._note(path).unlink(missing_ok=True)

    def _note(self, path: Path) -> Path:
        if self._directory is None:
            raise ValueError("nothing is noted without a directory")
        name = blake2b(os.fsencode(path.absolute()), digest_size=12).hexdigest()
        return self._directory / f"{name}.json"
