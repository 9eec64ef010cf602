"""Progress of the local stack while it sets up, one line at a time."""

import sys
from collections.abc import Callable

Progress = Callable[[str], None]
"""Called with each line of progress; `silence` keeps quiet."""


def to_stderr(line: str) -> None:
    """Show the line at once, on standard error, since a command's result goes to standard output."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def silence(_line: str) -> None:
    """Drop the line."""
