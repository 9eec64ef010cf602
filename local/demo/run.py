"""One run of the demo: starts the processes, breaks things by plan, waits until the backlog is gone, and reads back."""

import time

from comboio.routing.table import load_file
from local.aws.queue_mapping import QueueMapping
from local.demo.consumers import GROUP, Consumers
from local.demo.display import RunDisplay
from local.demo.drainer import drainer, left_in_hold_queue
from local.demo.function_place import Functions
from local.demo.outcome import acknowledged, before_replay, report_of
from local.demo.partner import Partner, with_partner
from local.demo.plan import BAD_INPUT, REDELIVERED_BATCHES, Plan, PlannedStep, steps
from local.demo.processes import Processes
from local.demo.proof.figures import FigureFiles
from local.demo.proof.lag import AckedEnds, Committed
from local.demo.proof.paths import Paths
from local.demo.proof.report import Report
from local.demo.replay import replay
from local.demo.settings import DemoSettings
from local.demo.timeline.history import History, states_of
from local.demo.timeline.timeline import RunFiles, TimeLine, time_line
from local.errors import LocalError
from local.kafka import TOPICS
from local.kafka.retention import RetentionWatch
from local.stack import Stack

DRAINED_WITHIN_S = 120.0
"""Seconds from the last acknowledgement to lag 0, beyond which the run has failed."""

LOOK_EVERY_S = 1.0
"""Seconds between two readings of the figures."""

POLL_S = 0.05
"""Seconds between two looks at processes, plan and lag."""


class Demo:
    """One run."""

    def __init__(
        self,
        settings: DemoSettings,
        paths: Paths,
        stack: Stack,
        functions: Functions,
        processes: Processes,
        display: RunDisplay,
    ) -> None:
        self._settings = settings
        self._paths = paths
        self._stack = stack
        self._functions = functions
        self._processes = processes
        self._display = display
        self._figures = FigureFiles(paths.producer_stats)
        self._consumers = Consumers(stack, functions, processes, paths, self._figures)
        self._history = History(states_of(stack), lambda: time.time_ns() // 1_000_000)
        self._partner = Partner()
        self._ends = AckedEnds(paths.acknowledged)
        self._began = self._looked = time.monotonic()
        self._retention = (
            RetentionWatch(stack.kafka.bootstrap, GROUP, TOPICS) if stack.kafka.kind == "embedded" else None
        )

    def run(self) -> tuple[Report, TimeLine]:
        """Run it and return its report, and how it went over time.

        Raises:
            LocalError: a process failed, or the backlog did not go.
        """
        with self._partner:
            environ = self._stack.environment("DispatcherFunction")
            self._paths.routes.write_text(with_partner(self._partner.url, environ), encoding="utf-8")
            self._history.destinations = tuple(load_file(self._paths.routes, environ).destinations)
            with drainer(self._stack, self._paths) as mapping:
                found = self._run(mapping)
                mapping.check()
        return found

    def _run(self, mapping: QueueMapping) -> tuple[Report, TimeLine]:
        twice = ",".join(f"redeliver={batch}" for batch in REDELIVERED_BATCHES)
        self._consumers.start("A", crashes=True)
        self._consumers.start("B", options={"CONSUMER_FAULTS": twice})
        self._consumers.wait_for_assignment(("A", "B"))
        self._produce()
        last_ack, last_ack_ms = time.monotonic(), time.time() * 1000
        drain_s = self._drain(last_ack)
        acked = acknowledged(self._paths)
        for name in self._processes.names():
            self._processes.stop(name)
        self._look(at_once=True)
        if left := left_in_hold_queue(self._stack.deployment, look=self._history.look):
            counts = mapping.counts
            self._note(
                f"the hold queue still has {left} messages; of {counts.invocations} invocations of the drainer "
                f"{counts.failed_invocations} failed {counts.last_error}".rstrip()
            )
        deployment = self._stack.deployment
        before = before_replay(deployment, acked, last_ack_ms, drain_s, self._partner)
        table = self._paths.routes.read_text(encoding="utf-8")
        for step in replay(deployment, table, self._paths.mended_routes):
            self._note(step)
        self._note("the queues, the DLQ, the parking queue and the ledgers are read back")
        figures = self._figures.read(0)
        faults = [each.says for each in self._history.happenings]
        kafka = self._stack.kafka.description
        report = report_of(kafka, deployment, self._paths, self._settings, before, figures, faults, self._partner)
        calls = [(call.at_ms, call.timestamp) for call in self._partner.calls[: before.calls]]
        return report, time_line(RunFiles.read(self._paths), acked, before.arrived, calls, self._history)

    def _produce(self) -> None:
        """Run the producer to its end, and take the plan's steps on the way."""
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
        self._history.begin()
        self._note(f"bad input is mixed in: {BAD_INPUT}")
        self._note(f"the first {len(REDELIVERED_BATCHES)} successful batches of consumer B will be delivered twice")
        self._processes.start("producer", "producer", environ, paths.log("producer"))
        while not self._processes.ended("producer"):
            for step in plan.due(time.monotonic() - self._began):
                self._take(step)
            self._look()
            self._processes.check()
            time.sleep(POLL_S)

    def _take(self, step: PlannedStep) -> None:
        if step.name == "crash":
            self._paths.crash.touch()
        elif step.name == "throttle":
            self._paths.throttle.touch()
        elif step.name == "unthrottle":
            self._paths.throttle.unlink()
        elif step.name == "join":
            self._consumers.start("C")
        elif step.name == "die":
            self._partner.die()
        elif step.name == "recover":
            self._partner.recover()
        elif step.name == "kill":
            self._consumers.kill("A")
        self._note(step.says, step.name)

    def _drain(self, last_ack: float) -> float:
        """Wait for lag 0; return the seconds since the last acknowledgement."""
        ends = self._ends.read()
        committed = Committed(self._stack.kafka.bootstrap, GROUP)
        try:
            while committed.behind(ends) != 0:
                self._look()
                self._processes.check()
                if time.monotonic() > last_ack + DRAINED_WITHIN_S:
                    raise LocalError(
                        f"The backlog did not go within {DRAINED_WITHIN_S:.0f} s. See {self._paths.root}/*.log."
                    )
                time.sleep(POLL_S)
        finally:
            committed.close()
        return time.monotonic() - last_ack

    def _look(self, *, at_once: bool = False) -> None:
        now = time.monotonic()
        if at_once or now - self._looked >= LOOK_EVERY_S:
            self._display.figures(now - self._began, self._figures.read(now - self._looked))
            self._looked = now
            self._ends.read()  # a little at a time, so that the last acknowledgements are soon read
            self._history.look()
            self._functions.check_running()
            if self._retention is not None:
                self._retention.check()

    def _note(self, text: str, step: str = "") -> None:
        self._history.note(text, step)
        self._display.event(time.monotonic() - self._began, text)
