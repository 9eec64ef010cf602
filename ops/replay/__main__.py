"""`python -m local.replay`."""

from local.replay.command import main

if __name__ == "__main__":
    main()
