"""`python -m consumer.conformance.own`: the consumer, started as the contract starts any mapping."""

import os
import sys

GIVEN = {
    "CONSUMER_TEMPLATE": "MAPPING_TEMPLATE",
    "CONSUMER_FUNCTION": "FUNCTION_NAME",
    "AWS_ENDPOINT_URL_LAMBDA": "FUNCTION_ENDPOINT",
}
"""The consumer's variables, and those of the contract that give them their values."""

_NOBODY = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nobody", "AWS_DEFAULT_REGION": "us-east-1"}
"""The endpoint is on this machine, and checks nothing."""


def main() -> None:
    """Become the consumer."""
    variables = {own: os.environ[given] for own, given in GIVEN.items()}
    os.execve(sys.executable, [sys.executable, "-m", "consumer"], {**os.environ, **_NOBODY, **variables})  # noqa: S606 ourselves


if __name__ == "__main__":
    main()
