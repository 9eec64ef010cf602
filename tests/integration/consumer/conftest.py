"""A broker, messages in it, and consumers as processes of their own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from local.kafka import Kafka

ROOT = Path(__file__).parents[3]
PARTITIONS = 4

Identity = tuple[str, int]


class Running:
    """One `python -m consumer` with a handler of `handlers.py`."""

    def __init__(self, process: "subprocess.Popen[str]", directory: Path) -> None:
        self.process = process
        self.handled_file = directory / "handled"
        self.journal_file = directory / "journal"
        self.stats_file = directory / "stats"
        self.log_file = directory / "log"

    def handled(self) -> list[list[Identity]]:
        """Return what its handler handled, by invocation."""
        return [[(name, offset) for name, offset in line] for line in _lines(self.handled_file)]

    def journal(self) -> list[dict[str, object]]:
        """Its journal."""
        return _lines(self.journal_file)

    def stats(self) -> list[dict[str, object]]:
        """Its statistics."""
        return _lines(self.stats_file)

    def log(self) -> str:
        """All that it logged."""
        return self.log_file.read_text()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send the signal and wait for the end."""
        self.process.send_signal(number)
        return self.process.wait(20)


def _lines(path: Path) -> list:  # type: ignore[type-arg]  # the lines are as different as their writers
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]


class Broker:
    """A broker with a new topic, and a new group, for one test."""

    def __init__(self, kafka: Kafka) -> None:
        name = uuid4().hex[:8]
        self.kafka = kafka
        self.bootstrap = kafka.bootstrap
        self.topic = f"mt-{name}"
        self.group = f"group-{name}"
        kafka.create_topics({self.topic: PARTITIONS})

    def produce(self, count: int) -> set[Identity]:
        """Produce `count` messages round the partitions; return what the broker acknowledged."""
        acknowledged: set[Identity] = set()
        producer = Producer({"bootstrap.servers": self.bootstrap, "acks": "all", "linger.ms": 5})

        def delivered(error: object, message: object) -> None:
            assert error is None
            acknowledged.add((f"{message.topic()}-{message.partition()}", message.offset()))  # type: ignore[attr-defined]

        for number in range(count):
            producer.produce(
                self.topic,
                f"value {number}".encode(),
                key=f"{number}".encode(),
                partition=number % PARTITIONS,
                headers=[("correlation_id", b"c-\xff")],
                on_delivery=delivered,
            )
        producer.flush(20)
        return acknowledged

    def committed(self) -> dict[str, int]:
        """Return the group's committed positions."""
        client = Consumer({"bootstrap.servers": self.bootstrap, "group.id": self.group})
        try:
            asked = [TopicPartition(self.topic, number) for number in range(PARTITIONS)]
            return {f"{each.topic}-{each.partition}": each.offset for each in client.committed(asked, timeout=10)}
        finally:
            client.close()


@pytest.fixture(params=["embedded"])
def broker(request: pytest.FixtureRequest) -> Broker:
    """Give a broker for one test; a test that is for both says so with `both_brokers`."""
    kafka: Kafka = request.getfixturevalue(f"{request.param}_kafka")
    return Broker(kafka)


both_brokers = pytest.mark.parametrize("broker", ["embedded", "apache"], indirect=True)


@pytest.fixture
def start(broker: Broker, tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Start consumers: `start("flaky", RETRY="lowest")`. All are gone at the end."""
    running: list[Running] = []

    def _start(handler: str, bootstrap: str = "", **options: str) -> Running:
        directory = tmp_path / str(len(running))
        directory.mkdir()
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("CONSUMER_", "KAFKA_"))},
            "PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'comboio'}",
            "KAFKA_BOOTSTRAP_SERVERS": bootstrap or broker.bootstrap,
            "CONSUMER_TOPICS": broker.topic,
            "CONSUMER_GROUP_ID": broker.group,
            "CONSUMER_FUNCTION": f"tests.integration.consumer.handlers:{handler}",
            "CONSUMER_BATCH_WINDOW_S": "0.05",
            "CONSUMER_BACKOFF_BASE_S": "0.05",
            "CONSUMER_SESSION_TIMEOUT_S": f"{broker.kafka.session_timeout_ms / 1000:g}",
            "CONSUMER_JOURNAL": str(directory / "journal"),
            "CONSUMER_STATS_FILE": str(directory / "stats"),
            "HANDLED": str(directory / "handled"),
            **{f"CONSUMER_{name}": value for name, value in options.items()},
        }
        with (directory / "log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "consumer"], cwd=ROOT, env=environment, stdout=log, stderr=log, text=True
            )
        running.append(Running(process, directory))
        return running[-1]

    yield _start
    for each in running:
        if each.process.poll() is None:
            each.process.kill()
            each.process.wait()


def counts(*consumers: Running) -> Counter[Identity]:
    """How often each record was handled, by all of them together."""
    return Counter(each for consumer in consumers for batch in consumer.handled() for each in batch)


def until(condition: Callable[[], bool], what: str, timeout_s: float = 30) -> None:
    """Wait for the condition; fail with what was waited for."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {timeout_s} s: {what}"
        time.sleep(0.05)


def ends(acknowledged: set[Identity]) -> dict[str, int]:
    """One past the last offset of each partition: where a group that has done everything is committed."""
    positions: dict[str, int] = {}
    for name, offset in acknowledged:
        positions[name] = max(positions.get(name, 0), offset + 1)
    return positions
