"""Errors of the local stack, and how a command ends with one."""

import sys
from pathlib import Path
from typing import NoReturn

from comboio.errors import ComboioError


class LocalError(ComboioError):
    """The machine, an option or a part of the local stack is not as required; the message says what to do."""


class MissingError(LocalError):
    """A program is missing on this machine; tests that need it skip."""


def stop_for(error: Exception) -> NoReturn:
    """Write the error to standard error and exit with status 2, the shell's own for wrong use."""
    sys.stderr.write(f"{error}\n")
    raise SystemExit(2)


def last_lines(log: Path, count: int = 8) -> str:
    """Return the end of a log, indented, for the message about a failure."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(f"  | {line}" for line in lines[-count:]) or "  | (its log is empty)"
