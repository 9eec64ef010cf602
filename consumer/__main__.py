"""The command `comboio-consumer`, also `python -m consumer`."""

import sys
import traceback
from typing import NoReturn

from comboio import __version__
from consumer.process import end_process

FAILED = 1
MISSING_PACKAGE = 2
"""The status of a wrong option: to start again would not help either."""


def run() -> NoReturn:
    """Run the command with the process's arguments, and exit with its status."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        sys.stdout.write(f"comboio-consumer {__version__}\n")
        sys.exit(0)
    try:
        from consumer.main import main
    except ModuleNotFoundError as error:
        sys.stderr.write(
            f"comboio-consumer needs the package {error.name}, which is not installed here. "
            "Install it with its extra: pip install 'comboio[consumer]'.\n"
        )
        sys.exit(MISSING_PACKAGE)
    status = FAILED
    try:
        status = main(arguments)
    except Exception:
        traceback.print_exc()
    end_process(status)


if __name__ == "__main__":
    run()
