"""Tools that do not fit into the main environment, installed under .tools on demand."""

import fcntl
import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""

TOOLS = ROOT / ".tools"
"""Where the tools are; `make distclean` deletes it."""


def installed(name: str, lock: Path, install: Callable[[Path], None], tools: Path = TOOLS) -> Path:
    """Return the directory of a tool; install it first if it is missing, incomplete or not what `lock` pins.

    Args:
        name: directory below `tools`.
        lock: the file that pins the tool's version; its digest is the stamp in the tool's directory.
        install: called with the tool's directory, which exists and is empty.

    Raises:
        LocalError: from `install`.
    """
    directory = tools / name
    stamp = directory / ".ready"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    tools.mkdir(parents=True, exist_ok=True)
    with (tools / f"{name}.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)  # the demo and the tests may start at the same time
        if not stamp.exists() or stamp.read_text() != digest:
            shutil.rmtree(directory, ignore_errors=True)
            directory.mkdir()
            install(directory)
            stamp.write_text(digest)
    return directory
