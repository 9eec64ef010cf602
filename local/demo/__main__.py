"""`python -m local.demo`."""

from local.demo.command import main

if __name__ == "__main__":
    main()
