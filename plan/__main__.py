"""Runs the command."""

import sys

from rich.console import Console

from comboio.errors import ComboioError
from plan.command import run

WIDTH = 160
"""Columns where no terminal says how many it has, as in a file or a pipe: the tables of bills need them."""

if __name__ == "__main__":
    try:
        sys.exit(run(sys.argv[1:], Console(width=None if sys.stdout.isatty() else WIDTH)))
    except ComboioError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
