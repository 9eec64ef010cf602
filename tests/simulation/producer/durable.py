"""What of a directory's files outlives a machine that fails: what was synced, and as much more as a seed says."""

import os
from pathlib import Path
from random import Random


class Durable:
    """Remembers what was synced below `root`: a file's content by its inode, and a directory's names."""

    def __init__(self, root: Path, random: Random) -> None:
        self._root = root
        self._random = random
        self._contents: dict[int, bytes] = {}
        self._names: dict[Path, dict[str, int]] = {}

    def synced(self, path: Path) -> None:
        """Note that a file or a directory was synced."""
        if path.is_dir():
            self._names[path] = _names(path)
        else:
            self._contents[path.stat().st_ino] = path.read_bytes()

    def fail(self) -> None:
        """Leave of each file either what it is or what was synced, and of each name the file of now or of then."""
        for folder in (self._root, *filter(Path.is_dir, sorted(self._root.glob("*")))):
            if folder.is_dir():
                self._fail(folder)

    def _fail(self, folder: Path) -> None:
        now, then = _names(folder), self._names.get(folder, {})
        written = {inode: (folder / name).read_bytes() for name, inode in now.items()}
        left: dict[str, bytes] = {}
        for name in sorted(now.keys() | then.keys()):
            inode = self._random.choice((now, then)).get(name)
            if inode is not None:
                synced = self._contents.get(inode, b"")
                left[name] = self._random.choice((synced, written.get(inode, synced)))
        for name in now:
            (folder / name).unlink()
        for name, content in left.items():
            (folder / name).write_bytes(content)
            self.synced(folder / name)
        self.synced(folder)


def _names(folder: Path) -> dict[str, int]:
    with os.scandir(folder) as entries:
        return {entry.name: entry.inode() for entry in entries if entry.is_file()}
