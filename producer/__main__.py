"""The command `comboio-producer`, also `python -m producer`."""

import sys
from typing import NoReturn

from comboio import __version__

MISSING_PACKAGE = 2
"""The status of a wrong option: to start again would not help either."""


def run() -> NoReturn:
    """Run the command with the process's arguments, and exit with its status."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        sys.stdout.write(f"comboio-producer {__version__}\n")
        sys.exit(0)
    try:
        from producer.main import main
    except ModuleNotFoundError as error:
        sys.stderr.write(
            f"comboio-producer needs the package {error.name}, which is not installed here. "
            "Install it with its extra: pip install 'comboio[producer]'.\n"
        )
        sys.exit(MISSING_PACKAGE)
    sys.exit(main(arguments))


if __name__ == "__main__":
    run()
