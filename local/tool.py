"""Tools that are too big or too particular for the main environment, installed once under .tools on demand."""

import fcntl
import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"


def installed(name: str, lock: Path, install: Callable[[Path], None], tools: Path = TOOLS) -> Path:
    """The directory of a tool, installed anew when it is missing, half made or not what `lock` says.

    Args:
        name: directory below `tools`.
        lock: the file that pins what is installed; the stamp in the tool's directory is its digest.
        install: fills the directory it is given, which exists and is empty.

    Raises:
        LocalError: from `install`.
    """
    directory = tools / name
    stamp = directory / ".ready"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    tools.mkdir(parents=True, exist_ok=True)
    with (tools / f"{name}.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)  # the demo and the tests may both come first
        if not stamp.exists() or stamp.read_text() != digest:
            shutil.rmtree(directory, ignore_errors=True)
            directory.mkdir()
            install(directory)
            stamp.write_text(digest)
    return directory
