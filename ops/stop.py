"""Ends a command that cannot continue."""

import sys
from typing import NoReturn


def stop_for(error: Exception) -> NoReturn:
    """Write the error to standard error and exit with status 2, the shell's own for wrong use."""
    sys.stderr.write(f"{error}\n")
    raise SystemExit(2)
