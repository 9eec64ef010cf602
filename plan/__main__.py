"""Runs the command."""

import sys

from rich.console import Console

from comboio.errors import ComboioError
from plan.command import run

if __name__ == "__main__":
    try:
        sys.exit(run(sys.argv[1:], Console()))
    except ComboioError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
