"""What the local stack tells while it sets up, one line at a time."""

import sys
from collections.abc import Callable

Progress = Callable[[str], None]
"""Takes one line of progress; callers who want quiet pass `silence`."""


def to_stderr(line: str) -> None:
    """Shows the line at once, apart from what a command prints as its result."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def silence(_line: str) -> None:
    """Drops the line."""
