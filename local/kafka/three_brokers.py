"""Three brokers of Apache Kafka, each a controller too (KRaft), that can be killed, frozen and started anew."""

import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import KafkaException

from local import port as ports
from local.kafka.apache import (
    FOR_A_SHORT_LIFE,
    LOOPBACK_IS_IPV4,
    QUIET,
    START_WITHIN_S,
    find_java,
    format_storage,
    kafka_classpath,
    kafka_version,
    leaves_in,
    new_cluster_id,
)
from local.kafka.topic import admin
from local.progress import Progress, silence
from local.server import Server, inherited_environment, running, scratch_directory

HEAP = "-Xmx256m"
"""Three of them share a laptop with what they are tried with."""

_STOP_WITHIN_S = 90.0
"""Seconds for a clean end: the leaders move away first."""

SESSION_TIMEOUT_MS = 6_000
"""For how long a silent broker keeps what it leads: Kafka's 9 s, shortened for runs of half a minute."""

_REPLICA_LAG_MS = 5_000
"""After how long a replica that does not follow is out of sync: Kafka's 30 s, shortened too."""

OFFSETS_PARTITIONS = 4
"""Partitions of the groups' commits, of 50 by default: each costs a broker some time at its start."""


@dataclass(frozen=True, slots=True)
class BrokerHost:
    """Where a broker runs."""

    address: str = ports.LOOPBACK
    enter: tuple[str, ...] = ()
    """The command that runs another one there."""
    disk: Path | None = None
    """An empty directory for its data; None is one that is deleted in the end."""


LOOPBACK = (BrokerHost(), BrokerHost(), BrokerHost())
"""All three on this machine's loopback."""


class Broker:
    """One broker: a process that may end and come back with the same data."""

    def __init__(self, number: int, host: BrokerHost, port: int, scratch: Path, command: Sequence[str]) -> None:
        self.number = number
        self._host = host
        self._port = port
        self._scratch = scratch
        self._command = command
        self._running: AbstractContextManager[Server] | None = None
        self._server: Server | None = None
        self._starts = 0

    def start(self) -> None:
        """Start the process, and wait until its controllers' port accepts connections.

        Raises:
            LocalError: it ended, or it takes too long; the message has the end of its log.
        """
        self._starts += 1
        scratch = self._scratch / f"start-{self._starts}"
        scratch.mkdir()
        note = 'echo $$ > pid; exec "$@"'
        command = [*self._host.enter, "/bin/sh", "-c", note, "sh", *self._command]
        self._running = running(f"Kafka broker {self.number}", command, inherited_environment(), scratch)
        self._server = self._running.__enter__()
        self.wait_until(lambda: ports.answers(self._port, self._host.address))

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Return once `ready()` is true.

        Raises:
            LocalError: the process ended, or it takes too long; the message has the end of its log.
        """
        assert self._server is not None  # noqa: S101 - it was started
        self._server.wait_until(ready, START_WITHIN_S)

    @property
    def runs(self) -> bool:
        """Whether the process is there, frozen or not."""
        return self._server is not None and self._server.process.poll() is None

    @property
    def log(self) -> Path:
        """What the latest process has logged."""
        return self._scratch / f"start-{self._starts}" / "log"

    def signal(self, number: int) -> None:
        """Send the process a signal: SIGSTOP freezes it, SIGCONT lets it go on."""
        os.kill(int((self.log.parent / "pid").read_text()), number)

    def kill(self) -> None:
        """End it at once, without a chance to hand anything over."""
        self.signal(signal.SIGKILL)
        self._wait()

    def stop(self) -> None:
        """End it as an operator does: it hands its partitions over first."""
        self.signal(signal.SIGTERM)
        self._wait()

    def _wait(self) -> None:
        assert self._server is not None  # noqa: S101 - it was started
        self._server.process.wait(_STOP_WITHIN_S)
        self.close()

    def close(self) -> None:
        """End it, whatever its state."""
        if self._running is not None:
            self._running.__exit__(None, None, None)
        self._running = None


@dataclass(frozen=True, slots=True)
class ThreeBrokers:
    """A running cluster."""

    brokers: Sequence[Broker]
    bootstrap: str

    def broker(self, number: int) -> Broker:
        """Return a broker by its id."""
        return self.brokers[number - 1]

    def start(self, number: int) -> None:
        """Start a broker, and wait until every replica of the cluster is in sync again.

        Raises:
            LocalError: it ended, or it takes too long; the message has the end of its log.
        """
        broker = self.broker(number)
        broker.start()
        broker.wait_until(self.whole)

    def whole(self) -> bool:
        """Return whether the cluster counts all three as alive, and all their replicas as in sync."""
        try:
            known = admin(self.bootstrap).list_topics(timeout=5)
        except KafkaException:
            return False
        partitions = [partition for topic in known.topics.values() for partition in topic.partitions.values()]
        replicas = all(len(each.isrs) == len(each.replicas) and each.leader > 0 for each in partitions)
        return len(known.brokers) == len(self.brokers) and replicas


@contextmanager
def three_brokers(hosts: Sequence[BrokerHost] = LOOPBACK, progress: Progress = silence) -> Iterator[ThreeBrokers]:
    """Run three brokers for the length of the block, and delete their data afterwards.

    Raises:
        MissingError: no Java, or no Maven to fetch Kafka with.
        LocalError: Kafka does not start.
    """
    java, classpath = find_java(), kafka_classpath(progress)
    cluster_id = new_cluster_id()
    addresses = [(host.address, ports.free(), ports.free()) for host in hosts]
    with scratch_directory("kafka") as scratch, ExitStack() as stack:
        command = [java, HEAP, *FOR_A_SHORT_LIFE, LOOPBACK_IS_IPV4, leaves_in(scratch), *QUIET]
        command += ["-cp", classpath, "kafka.Kafka"]
        brokers = []
        for number, host in enumerate(hosts, start=1):
            home = scratch / f"broker-{number}"
            home.mkdir()
            properties = home / "server.properties"
            properties.write_text(_text(server_properties(number, host.disk or home / "data", addresses)))
            format_storage(java, classpath, properties, cluster_id=cluster_id)
            brokers.append(Broker(number, host, addresses[number - 1][2], home, [*command, str(properties)]))
            stack.callback(brokers[-1].close)
        for broker in brokers:
            progress(f"Starting Apache Kafka {kafka_version()}, broker {broker.number} of {len(brokers)}")
            broker.start()
        cluster = ThreeBrokers(brokers, ",".join(f"{address}:{port}" for address, port, _ in addresses))
        brokers[-1].wait_until(cluster.whole)
        yield cluster


def server_properties(number: int, data: Path, addresses: Sequence[tuple[str, int, int]]) -> Mapping[str, str]:
    """Return the configuration of a broker, by address, port of clients and port of controllers of each."""
    address, listener, controller = addresses[number - 1]
    voters = [f"{each}@{host}:{port}" for each, (host, _, port) in enumerate(addresses, start=1)]
    return {
        "process.roles": "broker,controller",
        "node.id": str(number),
        "controller.quorum.voters": ",".join(voters),
        "listeners": f"PLAINTEXT://{address}:{listener},CONTROLLER://{address}:{controller}",
        "advertised.listeners": f"PLAINTEXT://{address}:{listener}",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": str(data),
        "auto.create.topics.enable": "false",
        "num.network.threads": "2",
        "num.io.threads": "4",
        "default.replication.factor": "3",
        "min.insync.replicas": "2",
        "offsets.topic.replication.factor": "3",
        "offsets.topic.num.partitions": str(OFFSETS_PARTITIONS),
        "transaction.state.log.replication.factor": "3",
        "transaction.state.log.min.isr": "2",
        "transaction.state.log.num.partitions": "4",
        "broker.session.timeout.ms": str(SESSION_TIMEOUT_MS),
        "broker.heartbeat.interval.ms": "1000",
        "replica.lag.time.max.ms": str(_REPLICA_LAG_MS),
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "1000",
        "log.cleaner.dedupe.buffer.size": "8388608",
        "log.cleaner.backoff.ms": "1000",
        "file.delete.delay.ms": "1000",
    }


def _text(options: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in options.items())
