"""Runs one scenario: a producer, a consumer with the dispatcher's own Lambda entry, and the drainer, each a process."""

import json
import time
from pathlib import Path

from bench.blast.bed import Bed
from bench.blast.figures import Observed
from bench.blast.partner import Partner
from bench.blast.scenario import Mode, Scenario
from bench.blast.settings import BlastSettings
from bench.blast.table import routing_table
from local.demo.processes import Processes, base_environment
from local.demo.proof.lag import Committed
from local.errors import LocalError
from local.kafka import TOPICS
from local.stack import Stack
from producer.state.ack_journal import Acknowledged, read_journal

GROUP = "comboio-blast"

ASSIGNED_WITHIN_S = 60.0
DRAINED_WITHIN_S = 120.0
"""Seconds from the partner's recovery, after which what is left counts as left."""

LOOK_EVERY_S = 0.5

TRUCKS = 100
"""Few, so that a key has many messages in a run, and its order is put to the test."""

BATCH_WINDOW_S = 1.0
"""The template's default."""

Ends = dict[tuple[str, int], int]
"""By topic and partition: one past the last offset."""


class ScenarioRun:
    """One scenario on a stack that others used before."""

    def __init__(self, stack: Stack, partner: Partner, settings: BlastSettings, root: Path) -> None:
        self._stack = stack
        self._partner = partner
        self._settings = settings
        self._root = root
        self._bed = Bed(stack)

    def run(self, scenario: Scenario) -> Observed:
        """Run it to its end.

        Raises:
            LocalError: a process failed.
        """
        root = self._root / scenario.name
        root.mkdir(parents=True)
        self._bed.clean()
        self._partner.behave(Mode.BASELINE)
        self._partner.clear()
        routes = root / "routes.toml"
        routes.write_text(routing_table(self._partner.url), encoding="utf-8")
        committed = Committed(self._stack.kafka.bootstrap, GROUP)
        try:
            with Processes(base_environment()) as processes:
                self._start(processes, scenario, routes, root)
                self._partner.behave(scenario.mode)
                self._produce(processes, root)
                acked = list(read_journal(root / "acknowledged.tsv"))
                ends = _ends(acked)
                last_ack, lag = time.time(), committed.behind(ends)
                if scenario.mode is not Mode.POISON:
                    self._partner.behave(Mode.BASELINE)
                well_at = time.time()
                drain_s = self._drain(processes, committed, ends)
                for name in processes.names():
                    processes.stop(name)
            observed = self._observe(scenario, acked, last_ack, well_at, lag, committed.behind(ends), drain_s)
            if drain_s is None:
                self._catch_up(scenario, routes, root, committed, ends)
        finally:
            committed.close()
        return observed

    def _catch_up(self, scenario: Scenario, routes: Path, root: Path, committed: Committed, ends: Ends) -> None:
        """Read what a scenario left in Kafka, so that it is not the next one's; only a member may commit for a group.

        Raises:
            LocalError: it did not go: what was measured after it would be wrong.
        """
        self._partner.behave(Mode.BASELINE)
        with Processes(base_environment()) as processes:
            (root / "consumer.jsonl").unlink()
            self._start(processes, scenario, routes, root)
            deadline = time.monotonic() + DRAINED_WITHIN_S
            while committed.behind(ends) != 0:
                processes.check()
                if time.monotonic() > deadline:
                    raise LocalError(f"{scenario.name} left records in Kafka that do not go. See {root}/consumer.log.")
                time.sleep(LOOK_EVERY_S)
            for name in processes.names():
                processes.stop(name)

    def _observe(
        self,
        scenario: Scenario,
        acked: list[Acknowledged],
        last_ack: float,
        well_at: float,
        lag: int | None,
        lag_left: int | None,
        drain_s: float | None,
    ) -> Observed:
        return Observed(
            scenario=scenario,
            acked={line.event_id: (f"{line.topic}-{line.partition}", line.offset) for line in acked},
            healthy=list(self._bed.arrivals()),
            receipts=list(self._partner.receipts),
            letters=self._bed.letters(),
            held=set(self._bed.held()),
            poison_id=self._partner.poison_id,
            last_ack=last_ack,
            well_at=well_at,
            lag=_known(lag),
            lag_left=_known(lag_left),
            rate=self._settings.rate,
            drain_s=drain_s,
        )

    def _start(self, processes: Processes, scenario: Scenario, routes: Path, root: Path) -> None:
        stack, stats = self._stack, root / "consumer.jsonl"
        dispatcher = stack.function("DispatcherFunction")
        shared = {"DISPATCHER_ROUTES_FILE": str(routes), "LOG_LEVEL": "WARNING"}
        consumer = {
            **dispatcher.environment,
            **shared,
            "KAFKA_BOOTSTRAP_SERVERS": stack.kafka.bootstrap,
            "CONSUMER_EVENT_SOURCE_ARN": stack.deployment.parameters["MskClusterArn"],
            "CONSUMER_TOPICS": ",".join(TOPICS),
            "CONSUMER_GROUP_ID": GROUP,
            "CONSUMER_FUNCTION": "dispatcher.handler:handler",
            "CONSUMER_FUNCTION_TIMEOUT_S": str(dispatcher.timeout_s),
            "CONSUMER_FUNCTION_MEMORY_MB": str(dispatcher.memory_mb),
            "CONSUMER_BATCH_SIZE": "10000",
            "CONSUMER_BATCH_WINDOW_S": str(BATCH_WINDOW_S),
            "CONSUMER_RETRY": scenario.retry.value,
            "CONSUMER_SESSION_TIMEOUT_S": str(stack.kafka.session_timeout_ms / 1000),
            "CONSUMER_CLIENT_OPTIONS": stack.kafka.consumer_options,
            "CONSUMER_JOURNAL": str(root / "invocations.jsonl"),
            "CONSUMER_STATS_FILE": str(stats),
        }
        processes.start("consumer", "consumer", consumer, _log(root, "consumer"))
        drainer = {
            **stack.environment("DrainerFunction"),
            **shared,
            "BLAST_FUNCTION": stack.deployment.resource("DrainerFunction"),
        }
        processes.start("drainer", "bench.blast.drainer", drainer, _log(root, "drainer"))
        deadline = time.monotonic() + ASSIGNED_WITHIN_S
        while _owned(stats) < sum(TOPICS.values()):
            processes.check()
            if time.monotonic() > deadline:
                raise LocalError(
                    f"The consumer has {_owned(stats)} of {sum(TOPICS.values())} partitions after "
                    f"{ASSIGNED_WITHIN_S:.0f} s. See {root}/consumer.log."
                )
            time.sleep(0.1)

    def _produce(self, processes: Processes, root: Path) -> None:
        environ = {
            "KAFKA_BOOTSTRAP_SERVERS": self._stack.kafka.bootstrap,
            "PRODUCER_RATE": str(self._settings.rate),
            "PRODUCER_DURATION": str(self._settings.seconds),
            "PRODUCER_TRUCKS": str(TRUCKS),
            "PRODUCER_SEED": str(int(time.time())),  # else each scenario would send the same event ids
            "PRODUCER_ACK_JOURNAL": str(root / "acknowledged.tsv"),
            "PRODUCER_STATS_FILE": str(root / "producer.jsonl"),
        }
        processes.start("producer", "producer", environ, root / "producer.log")
        while not processes.ended("producer"):
            processes.check()
            time.sleep(0.02)

    def _drain(self, processes: Processes, committed: Committed, ends: Ends) -> float | None:
        """Wait until Kafka and the hold queue have nothing left; return the seconds, or None if they still have."""
        began = time.monotonic()
        while time.monotonic() < began + DRAINED_WITHIN_S:
            if committed.behind(ends) == 0 and self._bed.holds() == 0:
                return time.monotonic() - began
            processes.check()
            time.sleep(LOOK_EVERY_S)
        return None


def _ends(acked: list[Acknowledged]) -> Ends:
    ends: Ends = {}
    for line in acked:
        place = (line.topic, line.partition)
        ends[place] = max(ends.get(place, 0), line.offset + 1)
    return ends


def _log(root: Path, name: str) -> Path:
    """Return the first of a process's logs that is not there yet: a scenario may start it twice."""
    return next(path for n in range(1, 9) if not (path := root / f"{name}{n if n > 1 else ''}.log").exists())


def _known(lag: int | None) -> int:
    if lag is None:
        raise LocalError("Kafka did not answer the question for the group's offsets. Run it again.")
    return lag


def _owned(stats: Path) -> int:
    lines = stats.read_text(encoding="utf-8").splitlines() if stats.exists() else []
    found: int = json.loads(lines[-1])["owned"] if lines else 0
    return found
