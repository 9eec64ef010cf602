"""Tools that do not fit into the main environment, installed under .tools on demand."""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from local.errors import LocalError

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


def install_python(directory: Path, lock: Path, what: str) -> None:
    """Make a Python environment with what `lock` pins, for `installed`; `what` names it in the error.

    Raises:
        LocalError: the packages are out of reach, or have other digests.
    """
    uv = [sys.executable, "-m", "uv", "--quiet"]
    for command in (
        [*uv, "venv", "--clear", "--python", sys.executable, str(directory)],
        # Byte code, because a cold start of a deployed function imports from here and may not write it.
        [*uv, "pip", "install", "--compile-bytecode", "--python", str(directory), "--require-hashes", "-r", str(lock)],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own arguments
        if done.returncode:
            raise LocalError(
                f"{what} could not be installed into {directory} (status {done.returncode}). Is PyPI "
                f"reachable?\n{(done.stdout + done.stderr).strip()[-2000:]}"
            )
