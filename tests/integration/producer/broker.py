"""A mock cluster to test against: its address, and what it can be told to do."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, Popen

from confluent_kafka import OFFSET_END, TopicPartition
from confluent_kafka.admin import AdminClient

from tests.support.frozen import freeze, thaw

TOPICS = {"mt-c400": 12, "mt-c300": 2, "high_priority_events": 2}


@dataclass(frozen=True)
class Broker:
    """A running mock cluster."""

    bootstrap: str
    _process: "Popen[str]"

    def tell(self, command: str) -> None:
        """Send a command of `mock_cluster` and wait until it is done."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n"

    def freeze(self) -> None:
        """Stop it in its tracks: the system goes on to accept connections, and keeps what is sent."""
        freeze([self._process.pid])

    def thaw(self) -> None:
        """Let it go on, with what came meanwhile."""
        thaw([self._process.pid])


@contextmanager
def mock_broker(topics: dict[str, int] = TOPICS) -> Iterator[Broker]:
    """Give a mock cluster with `topics` (partitions by name), gone at the end."""
    program = Path(__file__).with_name("mock_cluster.py")
    arguments = [f"{name}:{partitions}" for name, partitions in topics.items()]
    with subprocess.Popen([sys.executable, program, *arguments], stdin=PIPE, stdout=PIPE, text=True) as process:  # noqa: S603 - our own program
        assert process.stdout and process.stdin
        try:
            yield Broker(process.stdout.readline().strip(), process)
        finally:
            process.send_signal(signal.SIGCONT)  # a test may have ended while it was frozen
            process.stdin.close()
            process.wait(10)


def empty(bootstrap: str) -> None:
    """Delete all records of the topics."""
    client = AdminClient({"bootstrap.servers": bootstrap})
    places = [
        TopicPartition(name, number, OFFSET_END)
        for name, topic in client.list_topics(timeout=10).topics.items()
        if name in TOPICS
        for number in topic.partitions
    ]
    deadline = time.monotonic() + 20
    while places:  # a partition just made may not have its leader yet
        deleted = client.delete_records(places)
        places = [place for place, done in deleted.items() if done.exception(10)]
        assert not places or time.monotonic() < deadline, "Kafka does not delete records"
