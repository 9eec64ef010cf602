"""One scenario's run: a topic, a load and two consumers, on a cluster that is healed afterwards."""

import os
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from confluent_kafka import KafkaException
from confluent_kafka.cimpl import NewTopic

from local.demo.processes import Processes
from local.errors import LocalError
from local.kafka.three_brokers import ThreeBrokers
from local.kafka.topic import admin
from tests.kafka.consumers import Consumers
from tests.kafka.enclosure import Enclosure
from tests.kafka.group import coordinator, lag, leader
from tests.kafka.history import History
from tests.kafka.load import Load

PARTITIONS = 6
"""Of a scenario's topic: two for each broker to lead."""

SOON_S = 180.0
"""Seconds for what takes a few where the machine has nothing else to do."""


class Surroundings(NamedTuple):
    """What all scenarios have in common."""

    cluster: ThreeBrokers
    enclosure: Enclosure
    function: Mapping[str, str]
    """The environment of the dispatcher, as it is deployed."""
    rate: int
    """Messages a second to produce."""


class Run:
    """What a scenario acts on."""

    def __init__(
        self, surroundings: Surroundings, processes: Processes, folder: Path, topic: str, session_s: int
    ) -> None:
        self.cluster, self.enclosure, function, rate = surroundings
        self.topic = topic
        self.folder = folder
        self.history = History()
        self.over = False
        """Whether its processes have ended."""
        self._processes = processes
        self.load = Load(processes, folder, self.bootstrap, topic, rate)
        self.consumers = Consumers(processes, folder, self.bootstrap, topic, session_s, function)

    @property
    def bootstrap(self) -> str:
        """The cluster's address."""
        return self.cluster.bootstrap

    def create_topic(self, partitions: int = PARTITIONS, **options: str) -> None:
        """Make the scenario's topic.

        Raises:
            LocalError: Kafka refuses.
        """
        config = {name.replace("_", "."): value for name, value in options.items()}
        client = admin(self.bootstrap)
        [made] = client.create_topics([NewTopic(self.topic, partitions, 3, config=config)]).values()
        try:
            made.result(30)
        except KafkaException as error:
            raise LocalError(f"Kafka does not create {self.topic}: {error.args[0].str()}") from None
        self.until(self.cluster.whole, "the topic has its leaders")

    def delete_topic(self) -> None:
        """Delete it, and wait until the cluster no longer knows it."""
        client = admin(self.bootstrap)
        if self.topic in client.list_topics(timeout=30).topics:
            client.delete_topics([self.topic])[self.topic].result(30)
            self.until(lambda: self.topic not in client.list_topics(timeout=10).topics, "the topic is gone")

    def leader(self) -> int:
        """Return the broker that leads the topic's first partition."""
        return leader(self.bootstrap, self.topic)

    def coordinator(self) -> int:
        """Return the broker that coordinates the group."""
        return coordinator(self.bootstrap, self.consumers.group)

    def has_another_coordinator(self, number: int) -> None:
        """Wait until the group's coordinator is not this broker."""
        self.until(lambda: self.coordinator() != number, "the group has another coordinator")

    def until(self, condition: Callable[[], bool], what: str, within_s: float = SOON_S) -> None:
        """Wait for a condition.

        Raises:
            LocalError: it takes too long, or a process failed; the message says what was waited for.
        """
        deadline = time.monotonic() + within_s
        while not self._holds(condition):
            if not self.over:
                self._processes.check()
            if time.monotonic() > deadline:
                raise LocalError(f"{self.topic}: not within {within_s:.0f} s: {what}. See {self.folder}.")
            time.sleep(0.2)

    @staticmethod
    def _holds(condition: Callable[[], bool]) -> bool:
        with suppress(KafkaException, LocalError):
            return condition()
        return False

    def goes_on(self, records: int = 300) -> None:
        """Wait until so many more records are acknowledged."""
        wanted = self.load.count() + records
        self.until(lambda: self.load.count() >= wanted, f"{records} more records are acknowledged")

    def works(self, records: int = 300) -> None:
        """Wait until so many more records are handled."""
        wanted = self.consumers.count() + records
        self.until(lambda: self.consumers.count() >= wanted, f"{records} more records are handled")

    def has_no_lag(self) -> None:
        """Wait until the group has committed everything."""
        group = self.consumers.group
        self.until(lambda: lag(self.bootstrap, group, self.topic) == 0, "the group's lag is 0")

    def heal(self) -> None:
        """Bring the cluster back to three brokers in sync."""
        self.enclosure.heal()
        for broker in self.cluster.brokers:
            if broker.runs:
                broker.signal(signal.SIGCONT)
            else:
                self.cluster.start(broker.number)
        self.until(self.cluster.whole, "all replicas are in sync")

    def told(self) -> History:
        """Return what has happened."""
        known = self.history
        acknowledged = [*known.acknowledged, *self.load.acknowledged()]
        return History(acknowledged, self.consumers.handled(), self.consumers.began(), known.deleted)


def load_average() -> float:
    """Return how busy the machine is, for the report."""
    return round(os.getloadavg()[0], 1)
