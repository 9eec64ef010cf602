"""A producer's world on one invented clock: brokers, a disk, what is written for it, and one process after another.

The real delivery, spool, reject file, progress, sources, worker and main loop run in it; `promises` says what must
hold.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from producer.metrics.meter import Figures
from producer.options.settings import ProducerSettings
from producer.run import SAVE_S
from tests.simulation.producer import promises
from tests.simulation.producer.calls import FROZEN_S, Calls, Happening
from tests.simulation.producer.client import Client, Sent
from tests.simulation.producer.cluster import Cluster
from tests.simulation.producer.disk import ScriptedCalls
from tests.simulation.producer.durable import Durable
from tests.simulation.producer.input import Input
from tests.simulation.producer.process import Paths, Process
from tests.simulation.producer.scenario import Scenario
from tests.simulation.producer.turns import Killed, Turns

LONGEST_END_S = SAVE_S + 30.0
"""From SIGTERM to the end of a process, the flush timeout aside: it waits for a disk, and twice 10 s for a client that
does not give back what it holds."""
RESTART_S = 1.0
AGAIN_S = 5.0
LOSES = 0.5
"""Share of the clients that hung and then lose what they held."""


class World:
    """All of it, in a directory that is empty at first."""

    def __init__(self, scenario: Scenario, directory: Path) -> None:
        self.scenario = scenario
        self.random = Random(scenario.seed)
        self.turns = Turns(self.random)
        self.turns.slack = scenario.slack
        self.calls = Calls(self.turns, scenario.happenings)
        self.cluster = Cluster(self.turns, self.random)
        self.disk = ScriptedCalls(self.calls, self.turns, Durable(directory / "state", self.random))
        self.lines = Input(scenario.source, directory, self.random)
        self.paths = Paths(directory / "state")
        self.process: Process | None = None
        self.client: Client | None = None
        self.lives = 0
        self.again: Counter[bytes] = Counter()
        """How many copies more of a line may be in Kafka."""
        self.gone: set[bytes] = set()
        """Lines of a pipe that a process had read when it was killed, or could not write anywhere."""
        self.overtaken: set[bytes] = set()
        """Lines that a client lost without a word, and then went on with later ones."""
        self.kept: set[bytes] = set()
        """Lines that were safe when a process ended: they are ever after."""
        self.fatal = False
        """Whether a client could not go on."""
        self.hung = False
        """Whether a client did not give back what it held, in this process."""
        self.settings = ProducerSettings.from_environment(
            {
                "KAFKA_BOOTSTRAP_SERVERS": "b:1",
                "PRODUCER_RATE": str(scenario.rate),
                "PRODUCER_QUEUE_MESSAGES": str(scenario.queue),
                "PRODUCER_DELIVERY_TIMEOUT_MS": str(scenario.delivery_s * 1000),
                "PRODUCER_FLUSH_TIMEOUT": str(scenario.flush_s),
                "PRODUCER_STATS_INTERVAL": "60",
            }
        )
        self._stopped_at: float | None = None
        self._machine_fails = False

    def live(self) -> Figures | None:
        """Let a process live; return its figures, or None where it was killed."""
        self.lives += 1
        self.hung, self._stopped_at = False, None
        figures, failures, frozen = None, self.disk.failures, self._frozen()
        process = self.process = Process(self.settings, self.paths, self.lines, self.calls, self.disk, self.turns)
        try:
            process.open()
            figures = process.go(self._connect)
        except Killed:
            if self.turns.broken:
                raise self.turns.broken from None
        finally:
            self.process = None
            process.close()
            self._end_client()
            self.turns.dead = False
        if figures is not None and self._stopped_at is not None:
            took = self.turns.now - self._stopped_at - FROZEN_S * (self._frozen() - frozen)
            assert took <= self.scenario.flush_s + LONGEST_END_S, f"it took {took:.0f} s to end"
        if self._machine_fails:
            self._lose_what_was_not_synced()
        promises.check_life(self, figures, sound=self.disk.failures == failures)
        return figures

    def stop(self) -> None:
        """Send the process SIGTERM."""
        if self.process is not None and self._stopped_at is None:
            self._stopped_at = self.turns.now
            self.process.stop.set()

    def kill(self) -> None:
        """Send the process SIGKILL."""
        if self.process is not None:
            self.turns.dead = True

    def fail(self) -> None:
        """Let the machine fail, with the process and what was not synced."""
        if self.process is not None:
            self.turns.dead = self._machine_fails = True
        else:
            self._lose_what_was_not_synced()
            promises.check_life(self, None, sound=False)

    def _lose_what_was_not_synced(self) -> None:
        self._machine_fails = False
        self.disk.durable.fail()
        self.kept.clear()

    def rest(self, figures: Figures | None) -> None:
        """Let time pass between two processes; more after one that read a file to its end."""
        self.turns.pass_by(RESTART_S if figures is None or self.lines.kind != "file" else AGAIN_S)

    def mend(self) -> None:
        """Let nothing go wrong any more."""
        self.calls.calm()
        self.cluster.recover()
        self.disk.room, self.disk.broken = None, 0
        self.unhang()

    def hang(self) -> None:
        """Let the client neither report nor give back anything."""
        if self.client is not None:
            self.client.hangs = self.hung = True

    def unhang(self) -> None:
        """Let the client go on with what it holds; or without it, and never report it."""
        if self.client is not None and self.client.hangs:
            self.client.hangs = False
            if self.random.random() < LOSES:
                self.overtaken |= self.client.lose()

    def _connect(self, config: dict[str, Any]) -> Client:
        self._end_client()
        self.client = Client(config, self.cluster, self.calls, self.turns, self._unsure)
        return self.client

    def _end_client(self) -> None:
        if self.client is not None:
            self.client.end()
            self.client = None

    def _unsure(self, sent: Sent) -> None:
        """Note that a message was on its way when the client gave it up: it may be in Kafka, or come there later."""
        self.again[sent.sent_value or b""] += 1

    def _frozen(self) -> int:
        return self.calls.happened.count(Happening.FREEZE)


Act = Callable[[World, int, int, int], str]
"""Does something to a world, and says what."""
