"""`python -m consumer.conformance`."""

from consumer.conformance.command import main

if __name__ == "__main__":
    raise SystemExit(main())
