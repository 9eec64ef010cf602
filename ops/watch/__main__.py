"""Runs `make watch`."""

import sys

from ops.watch.command import main

if __name__ == "__main__":
    sys.exit(main())
