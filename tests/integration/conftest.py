"""The local stack's parts, one of each for the whole run."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from local.aws import Aws, Deployment, deploy, emulator
from local.errors import LocalError, MissingError
from local.kafka import Kafka, broker
from local.kafka.apache import START_WITHIN_S
from local.rie import BUILT, emulator_binary
from local.tool import ROOT
from tests.integration.producer.secure_kafka import SecureKafka, secure_kafka

SOURCES = ("functions/dispatcher", "layers/comboio")
"""What the built function is made of."""


def missing(reason: str) -> None:
    """Skips a test for what this machine does not have; in CI (CI=true) nothing may be missing, and it fails."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"in CI nothing may be missing: {reason}")
    pytest.skip(reason)


APACHE = "apache kafka"
"""The group of the tests that need Apache Kafka."""

APACHE_TIMEOUT_S = START_WITHIN_S + 120
"""The first of them waits for its start, and has after that what any test has (pyproject.toml)."""

GROUPS = {
    "aws": "aws",
    "dynamodb": "aws",
    "apache_kafka": APACHE,
    "apache": APACHE,
    "secure": APACHE,
}
"""The worker group of tests by a fixture that is dear to start, or by a parameter that asks for such a fixture.

A fixture of a session is one for each worker: a group keeps it to one.
"""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep tests of the same emulator or cluster on one worker of a parallel run (`--dist loadgroup`).

    The hook that sees all items together would be too late: the workers have read the groups by then.
    """
    callspec = getattr(item, "callspec", None)
    uses = [*getattr(item, "fixturenames", ()), *(callspec.params.values() if callspec else ())]
    group = next((GROUPS[name] for name in uses if isinstance(name, str) and name in GROUPS), None)
    if group:
        item.add_marker(pytest.mark.xdist_group(group))
    if group == APACHE and item.get_closest_marker("timeout") is None:
        item.add_marker(pytest.mark.timeout(APACHE_TIMEOUT_S))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Stop a parallel run whose scheduler does not see the groups: each worker would start all that is dear."""
    if session.config.getoption("loadgroup", default=False):
        grouped = [item for item in session.items if item.get_closest_marker("xdist_group")]
        if not all("@" in item.nodeid for item in grouped):
            raise pytest.UsageError("pytest-xdist does not pass on groups with this version of pytest.")


@pytest.fixture(scope="session")
def embedded_kafka() -> Iterator[Kafka]:
    """Give the embedded broker, without topics: each test names its own, and calls `create_topics`."""
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
def secure() -> Iterator[SecureKafka]:
    """Give an Apache Kafka of its own, for TLS and SASL, and to be stopped in its tracks."""
    with ExitStack() as stack:
        try:
            running = stack.enter_context(secure_kafka())
        except (LocalError, FileNotFoundError) as error:
            missing(str(error))
        yield running


@pytest.fixture(scope="session")
def aws() -> Iterator[Aws]:
    """Give the AWS emulator."""
    with emulator() as running:
        yield running


@pytest.fixture(scope="session")
def deployment(aws: Aws) -> Deployment:
    """template.yaml, deployed to the emulator."""
    return deploy(aws)


def make(target: str) -> None:
    """Make what is not there yet."""
    subprocess.run(["make", target], cwd=ROOT, check=True, capture_output=True)  # noqa: S603, S607 - our own targets


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Keep other workers from making the same for the length of the block."""
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    with (build / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def installed_emulator() -> None:
    """Install the Runtime Interface Emulator if it is not there."""
    if sys.platform != "linux":
        missing("the Runtime Interface Emulator runs on Linux only")
    with alone("emulator"):
        try:
            emulator_binary()
        except MissingError:
            make(".tools/sam/.ready")


@pytest.fixture(scope="session")
def built_function(installed_emulator: None) -> None:
    """Build the function if that was not done since the code changed; with the emulator, if it is not there."""
    with alone("function-local"):
        changed = max(path.stat().st_mtime for folder in SOURCES for path in (ROOT / folder).rglob("*.py"))
        if not all(folder.is_dir() and folder.stat().st_mtime > changed for folder in BUILT):
            make("build-local")
