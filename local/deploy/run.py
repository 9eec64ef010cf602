"""One run: builds, deploys, feeds, updates under traffic, reads back, deletes, and makes the report."""

import json
import platform
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from local.aws.deployment import Deployment, described
from local.aws.emulator import Aws
from local.demo.drainer import left_in_hold_queue
from local.demo.outcome import acknowledged
from local.demo.processes import Processes
from local.demo.proof.paths import Paths
from local.deploy import sam
from local.deploy.build import BuildPlace
from local.deploy.cloudformation import delete_stack
from local.deploy.display import Steps
from local.deploy.leftovers import Leftovers, inventory, leftovers, retained_names
from local.deploy.mappings import topic_mappings
from local.deploy.plan import FIRST, ROUTES_PARAMETER, STACK, STAND_INS, UPDATE_RATE, UPDATES, PlannedUpdate
from local.deploy.proof import Proof
from local.deploy.report import DeployReport, UpdateReport
from local.deploy.settings import DeploySettings
from local.deploy.traffic import Traffic
from local.errors import LocalError
from local.kafka import Kafka
from local.tool import ROOT

POLL_S = 0.1
"""Seconds between two looks at a command or at the traffic."""

_HOLD_EMPTY_WITHIN_S = 450.0
"""Seconds for the hold queue to become empty: the emulator kills invocations at an update, and what a killed drainer
had comes again after the queue's visibility timeout of 360."""

DISPATCHER = "DispatcherFunction"
"""The function that the topics are for."""


class DeployRun:
    """One run."""

    def __init__(
        self, settings: DeploySettings, paths: Paths, kafka: Kafka, aws: Aws, processes: Processes, steps: Steps
    ) -> None:
        self._settings = settings
        self._paths = paths
        self._kafka = kafka
        self._aws = aws
        self._processes = processes
        self._steps = steps
        self._place = BuildPlace(paths.root, sam.environment(sys.executable, aws.environment))
        self._parameters: dict[str, str] = dict(FIRST)
        self._acked_at: list[tuple[PlannedUpdate, float, int, int]] = []

    def run(self) -> DeployReport:
        """Run it and return its report.

        Raises:
            LocalError: SAM, the stack or a process failed.
        """
        with self._steps.step("sam build"):
            build_s = self._sam("sam build", sam.build_command(self._place.built))
        left_out = self._place.leave_out_refused()
        table = (ROOT / "layers/comboio/comboio/routing/routes.toml").read_text(encoding="utf-8")
        self._aws.client("ssm").put_parameter(Name=ROUTES_PARAMETER, Type="String", Value=table, Overwrite=True)
        before = inventory(self._aws)
        with self._steps.step("sam deploy"):
            deploy_s = self._deploy()
        with self._steps.step("the deployed dispatcher answers"):
            self._call(
                DISPATCHER, {"eventSource": "aws:kafka", "eventSourceArn": FIRST["MskClusterArn"], "records": {}}
            )
        mappings = topic_mappings(self._deployment(), STACK)
        with Traffic(self._kafka, self._aws, self._paths, self._processes, mappings) as traffic:
            with self._steps.step("first messages through the deployed function"):
                traffic.start(min(self._settings.rate, UPDATE_RATE))
            for update in UPDATES:
                self._update(update, traffic)
            with self._steps.step(f"{self._settings.messages:,} messages"):
                traffic.finish(self._settings.messages, self._settings.rate)
            acked = acknowledged(self._paths)
            with self._steps.step("the rest is dispatched"):
                drain_s = traffic.drain()
        for name in self._processes.names():
            self._processes.stop(name)
        deployment = self._deployment()
        with self._steps.step("the hold queue is drained"):
            left_in_hold_queue(deployment, _HOLD_EMPTY_WITHIN_S)
        with self._steps.step("the queues, the ledgers and the replayer are read"):
            proof = Proof(acked, deployment, self._paths)
            counted = self._inspected()
        with self._steps.step("delete"):
            left = self._delete(deployment, before)
        whole = proof.reconciled()
        updates = tuple(
            UpdateReport(update.says, round(took_s, 1), last - first, proof.reconciled(first, last).lost)
            for update, took_s, first, last in self._acked_at
        )
        here = {
            "kafka": self._kafka.description,
            "python": platform.python_version(),
            "machine": platform.machine(),
            "left_out": ", ".join(left_out),
        }
        return DeployReport(
            kafka=self._kafka.description,
            build_s=round(build_s, 1),
            deployed=True,
            deploy_s=round(deploy_s, 1),
            messages=len(acked),
            dispatched=whole.dispatched,
            dead_lettered=whole.dead_lettered,
            letters=proof.letters,
            replayer_counted=counted,
            lost=whole.lost,
            pending=whole.pending,
            misplaced=whole.misplaced,
            held=proof.held,
            duplicates=whole.duplicates,
            duplicates_explained=whole.duplicates_explained,
            killed_invocations=proof.killed,
            update_under_traffic_lost=sum(update.lost for update in updates),
            updates=updates,
            drain_s=round(drain_s, 1),
            retained=left.retained,
            left_behind=left.surplus,
            stand_ins={what: stand_in.format(**here) for what, stand_in in STAND_INS.items()},
            unexplained=whole.unexplained_examples,
            lost_examples=tuple(f"{each.position[0]}:{each.position[1]}" for each in whole.lost_examples),
        )

    def _update(self, update: PlannedUpdate, traffic: Traffic) -> None:
        """Update the stack while messages flow, and see that it took hold."""
        before, first = self._code(), traffic.lines()
        self._parameters |= update.changed
        if update.release is not None:
            (self._place.built / DISPATCHER / "RELEASE").write_text(update.release, encoding="utf-8")
        with self._steps.step(f"sam deploy, update: {update.says}"):
            took_s = self._deploy(traffic.look)
        self._acked_at.append((update, took_s, first, traffic.lines()))
        if update.release is not None and self._code() == before:
            raise LocalError(f"The update ({update.says}) ended well, and Lambda has the old code. See sam-deploy.log.")

    def _deploy(self, look: Callable[[], None] = lambda: None) -> float:
        """Make or update the stack; return the seconds that took."""
        took_s = self._sam("sam deploy", sam.deploy_command(self._place.built, STACK, self._parameters), look)
        given = self._deployment().parameters
        wrong = {name: value for name, value in self._parameters.items() if given.get(name) != value}
        if wrong:
            raise LocalError(f"sam deploy ended well, and the stack does not have the parameters {wrong}.")
        return took_s

    def _sam(self, name: str, command: list[str], look: Callable[[], None] = lambda: None) -> float:
        began = time.monotonic()
        self._processes.run(name, command, self._place.environment, self._paths.log(name.replace(" ", "-")))
        while not self._processes.ended(name):
            look()
            time.sleep(POLL_S)
        return time.monotonic() - began

    def _deployment(self) -> Deployment:
        return described(self._aws, self._aws.client("cloudformation"), STACK)

    def _code(self) -> str:
        """Return the hash of the dispatcher's code as deployed."""
        name = self._deployment().resource(DISPATCHER)
        found: str = self._aws.client("lambda").get_function_configuration(FunctionName=name)["CodeSha256"]
        return found

    def _inspected(self) -> int:
        """Ask the deployed replayer what is dead; return how many letters it counted."""
        answer = self._call("DlqReplayerFunction", {"action": "inspect"})
        return sum(answer["histogram"]["reason"].values())

    def _call(self, logical_id: str, event: Mapping[str, Any]) -> Any:
        """Invoke a deployed function; return its answer."""
        name = self._deployment().resource(logical_id)
        response = self._aws.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event).encode())
        answer = json.loads(response["Payload"].read())
        if "FunctionError" in response:
            raise LocalError(f"The deployed {logical_id} failed: {answer}. See {self._paths.root}/sam-build.log.")
        return answer

    def _delete(self, deployment: Deployment, before: set[str]) -> Leftovers:
        """Delete the stack; return what it left."""
        names = retained_names((ROOT / "template.yaml").read_text(encoding="utf-8"))
        retained = {deployment.resource(name) for name in names}
        delete_stack(self._aws.client("cloudformation"), STACK)
        return leftovers(before, inventory(self._aws), retained)
