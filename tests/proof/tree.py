"""A copy of the repository, to be broken in; the user's own tree is never touched."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

IMPORT_PATHS = (".", "layers/comboio", "functions")
"""Where Python finds the product, from the root of a tree: as pyproject.toml has it."""


class Tree:
    """A copy of all files that are in the repository or could be added to it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
        for name in filter(None, listed.stdout.decode().split("\0")):
            if (ROOT / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, root / name)

    def environment(self) -> dict[str, str]:
        """Return the environment of a process that is to run this copy's code, and no other's."""
        paths = os.pathsep.join(str(self.root / path) for path in IMPORT_PATHS)
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return {**kept, "PYTHONPATH": paths, "PYTHONHASHSEED": "0", "COLUMNS": "400"}


@contextmanager
def broken(files: Mapping[Path, str]) -> Iterator[None]:
    """Have these files with other texts for a while; their times are put back too, since byte code goes by them."""
    before = {path: (path.read_bytes(), path.stat()) for path in files}
    try:
        for path, text in files.items():
            path.write_text(text, encoding="utf-8")
        yield
    finally:
        for path, (data, status) in before.items():
            path.write_bytes(data)
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
