"""Runs the demo: the stack, the processes, the faults, and the reconciliation."""

import json
import shutil
import sys
import time
from collections import Counter
from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from comboio.settings import SettingsError
from local.demo.crash_window import crash_windows
from local.demo.display import Display, display
from local.demo.downstream import arrivals, letters, undone
from local.demo.figures import Readings
from local.demo.lag import Committed
from local.demo.paths import Paths
from local.demo.plan import BAD_INPUT, REDELIVERED_BATCHES, Plan, Step, steps
from local.demo.processes import Processes, base_environment
from local.demo.reconcile import Acked, Position, reconcile
from local.demo.replay import MENDED, replay
from local.demo.report import Report
from local.demo.settings import DemoSettings
from local.errors import LocalError, stop_for
from local.kafka import TOPICS
from local.kafka.retention import RetentionWatch
from local.progress import to_stderr
from local.stack import Stack
from producer.state.ack_journal import read_journal

GROUP = "comboio-demo"
ASSIGNED_WITHIN_S = 60.0
DRAINED_WITHIN_S = 120.0
FUNCTION_TIMEOUT_S = 4
"""Shorter than deployed: a killed invocation keeps its partitions so long, and the run is short."""


class Demo:
    """One run."""

    def __init__(self, settings: DemoSettings, paths: Paths, stack: Stack, processes: Processes, show: Display) -> None:
        self._settings = settings
        self._paths = paths
        self._stack = stack
        self._processes = processes
        self._show = show
        self._readings = Readings(paths.producer_stats)
        self._faults: list[str] = []
        self._began = self._looked = time.monotonic()
        self._retention = (
            RetentionWatch(stack.kafka.bootstrap, GROUP, TOPICS) if stack.kafka.kind == "embedded" else None
        )

    def run(self) -> Report:
        """Produces, breaks things, waits until all is drained, and reads back what arrived.

        Raises:
            LocalError: a process failed, or it never drained.
        """
        twice = ",".join(f"redeliver={batch}" for batch in REDELIVERED_BATCHES)
        self._start_consumer("A", {"DEMO_CRASHES": "yes"})
        self._start_consumer("B", {"CONSUMER_FAULTS": twice})
        self._wait_for_assignment(("A", "B"))
        self._produce()
        last_ack, last_ack_ms = time.monotonic(), time.time() * 1000
        acked = self._acknowledged()
        drain_s = self._drain(acked, last_ack)
        for name in self._processes.names():
            self._processes.stop(name)
        self._look(at_once=True)
        in_time = self._arrived_by(last_ack_ms)
        dead = {(letter.topic, letter.partition, letter.offset): letter for letter in letters(self._stack.deployment)}
        dead_by_reason = dict(Counter(str(letter.reason) for letter in dead.values()))
        died = {(f"{topic}-{partition}", offset) for topic, partition, offset in dead}
        for step in replay(self._stack.deployment, self._paths.mended_routes):
            self._note(step)
        return self._reconcile(acked, in_time, drain_s, died, dead_by_reason)

    def _arrived_by(self, moment_ms: float) -> int:
        """Distinct messages that were in a destination queue at a moment."""
        found = arrivals(self._stack.deployment)
        return len({arrival.event_id for arrival in found if arrival.sent_ms <= moment_ms})

    def _start_consumer(self, name: str, faults: Mapping[str, str]) -> None:
        paths = self._paths
        environ = {
            **self._stack.environment("DispatcherFunction"),
            "KAFKA_BOOTSTRAP_SERVERS": self._stack.kafka.bootstrap,
            "CONSUMER_TOPICS": ",".join(TOPICS),
            "CONSUMER_GROUP_ID": GROUP,
            "CONSUMER_FUNCTION": "local.demo.function:handler",
            "CONSUMER_FUNCTION_TIMEOUT_S": str(FUNCTION_TIMEOUT_S),
            "CONSUMER_BATCH_SIZE": "10000",
            "CONSUMER_BATCH_WINDOW_S": "0.75",
            "CONSUMER_BACKOFF_CAP_S": "1",
            "CONSUMER_SESSION_TIMEOUT_S": str(self._stack.kafka.session_timeout_ms / 1000),
            "CONSUMER_JOURNAL": str(paths.journal(name)),
            "CONSUMER_STATS_FILE": str(paths.consumer_stats(name)),
            "DISPATCHER_MARGIN_S": "1.5",
            "DISPATCHER_CALL_TIMEOUT_S": "1",
            "LOG_LEVEL": "WARNING",
            "DEMO_NAME": name,
            **faults,
        }
        self._processes.start(f"consumer {name}", "consumer", environ, paths.log(f"consumer-{name}"))
        self._readings.add_consumer(paths.batches(name), paths.consumer_stats(name))

    def _wait_for_assignment(self, names: tuple[str, ...]) -> None:
        deadline = time.monotonic() + ASSIGNED_WITHIN_S
        owned = dict.fromkeys(names, 0)
        while sum(owned.values()) < sum(TOPICS.values()) or not all(owned.values()):
            self._processes.check()
            if time.monotonic() > deadline:
                raise LocalError(
                    f"The consumers had {owned} of {sum(TOPICS.values())} partitions after {ASSIGNED_WITHIN_S:.0f} s. "
                    f"See {self._paths.log('consumer-A')}."
                )
            for name in names:
                path = self._paths.consumer_stats(name)
                lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
                owned[name] = json.loads(lines[-1])["owned"] if lines else 0
            time.sleep(0.1)

    def _produce(self) -> None:
        """Runs the producer to its end, with the plan's steps on the way."""
        settings, paths = self._settings, self._paths
        environ = {
            "KAFKA_BOOTSTRAP_SERVERS": self._stack.kafka.bootstrap,
            "PRODUCER_RATE": str(settings.rate),
            "PRODUCER_DURATION": str(settings.duration),
            "PRODUCER_ACK_JOURNAL": str(paths.acknowledged),
            "PRODUCER_STATS_FILE": str(paths.producer_stats),
            "PRODUCER_FAULTS": BAD_INPUT,
        }
        plan = Plan(steps(settings.duration))
        self._began = self._looked = time.monotonic()
        self._note(f"bad input is mixed in: {BAD_INPUT}")
        self._note(f"the first {len(REDELIVERED_BATCHES)} batches of consumer B that succeed will be delivered twice")
        self._processes.start("producer", "producer", environ, paths.log("producer"))
        while not self._processes.ended("producer"):
            for step in plan.due(time.monotonic() - self._began):
                self._take(step)
            self._look()
            self._processes.check()
            time.sleep(0.05)

    def _take(self, step: Step) -> None:
        if step.name == "crash":
            self._paths.crash.touch()
        elif step.name == "throttle":
            self._paths.throttle.touch()
        elif step.name == "unthrottle":
            self._paths.throttle.unlink()
        elif step.name == "join":
            self._start_consumer("C", {})
        elif step.name == "kill":
            self._processes.kill("consumer A")
        self._note(step.says)

    def _drain(self, acked: list[Acked], last_ack: float) -> float:
        """Waits for lag 0; returns the seconds since the last acknowledgement."""
        ends: dict[tuple[str, int], int] = {}
        for message in acked:
            topic, _, number = message.position[0].rpartition("-")
            place = (topic, int(number))
            ends[place] = max(ends.get(place, 0), message.position[1] + 1)
        committed = Committed(self._stack.kafka.bootstrap, GROUP)
        try:
            while committed.behind(ends) != 0:
                self._look()
                self._processes.check()
                if time.monotonic() > last_ack + DRAINED_WITHIN_S:
                    raise LocalError(f"It did not drain within {DRAINED_WITHIN_S:.0f} s. See {self._paths.root}/*.log.")
                time.sleep(0.05)
        finally:
            committed.close()
        return time.monotonic() - last_ack

    def _acknowledged(self) -> list[Acked]:
        lines = read_journal(self._paths.acknowledged)
        return [Acked(line.event_id, (f"{line.topic}-{line.partition}", line.offset), line.kind) for line in lines]

    def _reconcile(
        self, acked: list[Acked], in_time: int, drain_s: float, died: set[Position], dead_by_reason: dict[str, int]
    ) -> Report:
        self._note("reading the queues, the DLQ, the parking queue and the ledgers back")
        found = list(arrivals(self._stack.deployment))
        dead, parked = letters(self._stack.deployment), letters(self._stack.deployment, "ParkingQueue")
        verdict = reconcile(
            acked,
            (arrival.event_id for arrival in found),
            ((f"{letter.topic}-{letter.partition}", letter.offset) for letter in dead),
            undone(self._stack.deployment),
            crash_windows(self._paths),
            ((f"{letter.topic}-{letter.partition}", letter.offset) for letter in parked),
            MENDED,
            died,
        )
        figures = self._readings.read(0)
        crashes = self._paths.crashes
        replayed = {message.event_id for message in acked if message.kind in MENDED}
        latencies = sorted(arrival.latency_ms for arrival in found if arrival.event_id not in replayed)
        return Report(
            kafka=self._stack.kafka.description,
            produced=figures.produced,
            acked=len(acked),
            dispatched=verdict.dispatched,
            duplicates=verdict.duplicates,
            duplicates_explained=verdict.duplicates_explained,
            dead_lettered=sum(dead_by_reason.values()),
            in_dlq=verdict.dead_lettered,
            replayed=verdict.replayed,
            parked=verdict.parked,
            pending=verdict.pending,
            lost=verdict.lost,
            misplaced=verdict.misplaced,
            rate_target=self._settings.rate,
            rate_achieved=round(in_time / self._settings.duration, 1),
            drain_s=round(drain_s, 2),
            latency_ms={f"p{share}": round(latencies[len(latencies) * share // 100], 1) for share in (50, 95, 99)},
            skipped_as_duplicate=figures.duplicates,
            crashes=len(crashes.read_text(encoding="utf-8").splitlines()) if crashes.exists() else 0,
            dynamodb_writes=figures.ledger_writes,
            dynamodb_writes_per_1000=round(figures.ledger_writes / max(verdict.dispatched, 1) * 1000, 2),
            destination_calls=figures.calls,
            by_queue=dict(Counter(arrival.queue for arrival in found)),
            dead_by_reason=dead_by_reason,
            faults=self._faults,
            unexplained=list(verdict.unexplained_examples),
            lost_examples=[f"{message.position[0]}:{message.position[1]}" for message in verdict.lost_examples],
        )

    def _look(self, at_once: bool = False) -> None:
        now = time.monotonic()
        if at_once or now - self._looked >= 1:
            self._show.figures(now - self._began, self._readings.read(now - self._looked))
            self._looked = now
            if self._retention is not None:
                self._retention.check()

    def _note(self, text: str) -> None:
        self._faults.append(text)
        self._show.event(time.monotonic() - self._began, text)


def main() -> None:
    """The command: exit status 0 if the run is sound, 1 if not, 2 if it could not be run."""
    console = Console()
    paths = Paths()
    try:
        settings = DemoSettings.from_environment()
        shutil.rmtree(paths.root, ignore_errors=True)
        paths.root.mkdir(parents=True)
        with Stack(settings, progress=to_stderr) as stack, Processes(base_environment()) as processes:
            to_stderr(f"Producing {settings.rate:,} messages a second for {settings.duration} s")
            with display(console) as show:
                report = Demo(settings, paths, stack, processes, show).run()
    except (LocalError, SettingsError) as error:
        stop_for(error)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; nothing keeps running.\n")
        raise SystemExit(130) from None
    report.write(paths.root)
    table = Table(show_header=False)
    for row in report.rows():
        table.add_row(*row)
    console.print(table)
    console.print(report.verdict(), style="green" if report.sound else "bold red")
    console.print(f"Written: {paths.root / 'report.md'}, report.json", highlight=False, soft_wrap=True)
    raise SystemExit(0 if report.sound else 1)
