"""Fixtures: a broker, and the producer as the command that it is."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from local.kafka import Kafka
from local.kafka import broker as local_kafka
from tests.integration.producer.broker import TOPICS, Broker, empty, mock_broker
from tests.integration.producer.command import Command


@pytest.fixture
def apache(apache_kafka: Kafka) -> Kafka:
    """Apache Kafka with the domain's topics, emptied."""
    apache_kafka.create_topics(TOPICS)
    empty(apache_kafka.bootstrap)
    return apache_kafka


@pytest.fixture(params=["embedded", "apache"])
def kafka(request: pytest.FixtureRequest) -> Iterator[Kafka]:
    """Kafka with the domain's topics, empty: the embedded one, and Apache Kafka where it can be had."""
    if request.param == "apache":
        yield request.getfixturevalue("apache")
    else:
        with local_kafka("embedded", TOPICS) as running:
            yield running


@pytest.fixture
def broker() -> Iterator[Broker]:
    """Give a broker that can be told to misbehave, with the domain's topics, for one test."""
    with mock_broker() as running:
        yield running


@pytest.fixture
def produce(tmp_path: Path) -> Iterator[Callable[..., Command]]:
    """Start the command with options given by their names without the prefix; end what a test leaves running."""
    started: list[Command] = []

    def start(
        bootstrap: str, *, stdin: int | None = None, environ: Mapping[str, str] | None = None, **options: object
    ) -> Command:
        number = len(started)
        journal, stats = tmp_path / f"acks{number}.tsv", tmp_path / f"stats{number}.jsonl"
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
            "PRODUCER_ACK_JOURNAL": str(journal),
            "PRODUCER_STATS_FILE": str(stats),
            **(environ or {}),
            "PRODUCER_STATE_DIR": str(tmp_path / "state"),
            "PRODUCER_STATS_INTERVAL": "0.2",
            **{f"PRODUCER_{name.upper()}": str(value) for name, value in options.items()},
        }
        command = [sys.executable, "-m", "producer"]
        process = Popen(command, env=environment, stdin=stdin, stdout=PIPE, stderr=PIPE, text=True)  # noqa: S603 - our own program
        started.append(Command(process, journal, stats, tmp_path / "state"))
        return started[-1]

    yield start
    for command in started:
        if command.process.poll() is None:
            command.process.kill()
        command.process.communicate()
