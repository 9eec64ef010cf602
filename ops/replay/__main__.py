"""Runs `make replay`."""

from ops.replay.command import main

if __name__ == "__main__":
    main()
