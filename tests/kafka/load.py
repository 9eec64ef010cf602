"""The load: the producer itself, with one topic, until it is told to stop."""

from collections.abc import Mapping
from pathlib import Path

from local.demo.processes import Processes
from local.errors import LocalError
from producer.state.ack_journal import read_journal
from tests.kafka.history import Acknowledged

TOPICS_FILE = """
known = ["300-399"]
[strategies.load]
default = "{topic}"
[topics.{topic}]
partitions = {partitions}
"""
"""One topic for all codes."""

ENDS_WITHIN_S = 120.0
"""Seconds that the producer has for its last acknowledgements."""


class Load:
    """A producer whose messages are numbered by key. It may be stopped and started: each time is a log of its own."""

    def __init__(self, processes: Processes, folder: Path, bootstrap: str, topic: str, rate: int) -> None:
        self._processes = processes
        self._folder = folder
        self._environ = {
            "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
            "PRODUCER_TOPIC_STRATEGY": "load",
            "PRODUCER_RATE": str(rate),
            "PRODUCER_TRUCKS": "20",
            "PRODUCER_CODES": "10",
            "PRODUCER_CONNECT_TIMEOUT": "60",
            "PRODUCER_FLUSH_TIMEOUT": "100",
            "PRODUCER_STATS_INTERVAL": "0.5",
        }
        self._topic = topic
        self._starts = 0
        self.runs = False

    def start(self, partitions: int) -> None:
        """Begin to produce."""
        self._starts += 1
        self.runs = True
        topics = self._folder / "topics.toml"
        topics.write_text(TOPICS_FILE.format(topic=self._topic, partitions=partitions))
        own: Mapping[str, str] = {
            "PRODUCER_TOPICS_FILE": str(topics),
            "PRODUCER_SEED": str(self._starts),
            "PRODUCER_STATE_DIR": str(self._folder / f"producer-state-{self._starts}"),
            "PRODUCER_STATS_FILE": str(self._folder / f"producer-stats-{self._starts}"),
            "PRODUCER_ACK_JOURNAL": str(self._journal(self._starts)),
        }
        self._processes.start(
            self._name, "producer", {**self._environ, **own}, self._folder / f"producer-{self._starts}.log"
        )

    @property
    def _name(self) -> str:
        return f"producer {self._topic} {self._starts}"

    def _journal(self, start: int) -> Path:
        return self._folder / f"acknowledged-{start}.tsv"

    def stop(self) -> None:
        """End it, once Kafka has acknowledged all that it sent.

        Raises:
            LocalError: it ended otherwise; the message has the end of its log.
        """
        if not self.runs:
            return
        self.runs = False
        status = self._processes.stop(self._name, ENDS_WITHIN_S)
        if status:
            raise LocalError(f"The producer ended with status {status}, see {self._folder}.")

    def acknowledged(self) -> list[Acknowledged]:
        """Return what Kafka has acknowledged by now."""
        return [
            Acknowledged(each.event_id, f"{each.topic}-{each.partition}", each.offset, start)
            for start in range(1, self._starts + 1)
            for each in (read_journal(self._journal(start)) if self._journal(start).exists() else ())
        ]

    def count(self) -> int:
        """Return how many messages Kafka has acknowledged by now."""
        journals = [self._journal(start) for start in range(1, self._starts + 1)]
        return sum(path.read_bytes().count(b"\n") for path in journals if path.exists())
