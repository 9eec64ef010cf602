"""The local stack's parts, one of each for the whole run."""

import os
from collections.abc import Iterator

import pytest

from local.aws import Aws, Deployment, deploy, emulator
from local.errors import MissingError
from local.kafka import Kafka, broker


def missing(reason: str) -> None:
    """Skips a test for what this machine does not have; in CI (CI=true) nothing may be missing, and it fails."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"in CI nothing may be missing: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def embedded_kafka() -> Iterator[Kafka]:
    """The embedded broker, without topics: each test names its own, and calls `create_topics`."""
    with broker("embedded", {}) as kafka:
        yield kafka


@pytest.fixture(scope="session")
def apache_kafka() -> Iterator[Kafka]:
    """Apache Kafka itself, without topics."""
    cluster = broker("apache", {})
    try:
        kafka = cluster.__enter__()
    except MissingError as error:
        missing(str(error))
    yield kafka
    cluster.__exit__(None, None, None)


@pytest.fixture(scope="session")
def aws() -> Iterator[Aws]:
    """The AWS emulator."""
    with emulator() as running:
        yield running


@pytest.fixture(scope="session")
def deployment(aws: Aws) -> Deployment:
    """template.yaml, deployed to the emulator."""
    return deploy(aws)
