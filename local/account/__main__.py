"""`python -m local.account`."""

from local.account.command import main

if __name__ == "__main__":
    main()
