"""`python -m local.adopt`."""

from local.adopt.command import main

if __name__ == "__main__":
    main()
