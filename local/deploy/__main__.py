"""`python -m local.deploy`."""

from local.deploy.command import main

if __name__ == "__main__":
    main()
