"""`python -m local.demo`."""

from local.demo.run import main

if __name__ == "__main__":
    main()
