"""One check: deploys, sends, disturbs, waits, changes the routes, replays and reads back. Removing is the caller's."""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial

from local.account import faults
from local.account.made import TAG, Made
from local.account.place import CheckPlace
from local.account.questions.answer import Answer
from local.account.questions.ask import Questions
from local.account.questions.template import mappings, stack_name
from local.account.receive import Received
from local.account.settings import CheckSettings
from local.account.stack import ask, deploy_command, deployed, make_bucket, make_parameter, refuse_taken
from local.account.topics import RunNames
from local.account.traffic import produce
from local.aws.deployment import Deployment
from local.demo.outcome import acknowledged
from local.demo.processes import Processes
from local.demo.proof.crash_window import journals, windows
from local.demo.proof.downstream import arrivals, letters, undone
from local.demo.proof.paths import Paths
from local.demo.proof.reconcile import Reconciliation, reconcile
from local.demo.replay import MENDED, mended
from local.deploy import sam
from local.deploy.build import BuildPlace
from local.deploy.display import Steps
from local.deploy.mappings import topic_mappings
from local.deploy.proof import killed_invocations
from local.errors import LocalError

_ROUTES_READ_WITHIN_S = 75.0
"""Seconds until every environment has read a changed table: DISPATCHER_ROUTES_MAX_AGE_S, and some for the batch."""

_ALL_WITHIN_S = 900.0
"""Seconds until all has arrived, beyond which the run is judged as it is: a new mapping takes minutes to begin."""


@dataclass(frozen=True, slots=True)
class Found:
    """What became of the messages."""

    deploy_s: float
    messages: int
    result: Reconciliation
    died: int
    held: int
    diverted: bool
    answers: tuple[Answer, ...]
    """To what AWS's documents leave open."""


class Check:
    """One run."""

    def __init__(
        self, settings: CheckSettings, place: CheckPlace, names: RunNames, made: Made, paths: Paths, steps: Steps
    ) -> None:
        self._settings = settings
        self._place = place
        self._names = names
        self._made = made
        self._paths = paths
        self._steps = steps
        self._build = BuildPlace(paths.root, place.build)

    def run(self, processes: Processes) -> Found:
        """Run it.

        Raises:
            LocalError: SAM, the stack or a process failed.
        """
        aws, table = self._place.aws, self._names.routing_table()
        bucket = make_bucket(aws, self._made, self._place.region)
        parameter = make_parameter(aws, self._made, table)
        answers = self._ask(bucket, processes) if self._settings.questions else tuple
        began = time.monotonic()
        with self._steps.step("sam build and deploy"):
            self._deploy(processes, bucket, parameter)
            deployment = deployed(aws, self._made)
        deploy_s = time.monotonic() - began
        received, name = Received(aws), self._made.run.name
        self._place.stand_in(topic_mappings(deployment, name), name, processes)
        with self._steps.step(f"{self._settings.rate * self._settings.duration:,} messages, a destination denied"):
            diverted = self._send(deployment, processes)
        with self._steps.step("the rest is dispatched"):
            bad = sum(each.kind != "ok" for each in acknowledged(self._paths))
            self._settle(deployment, received, processes, ("ok",), bad)
        with self._steps.step("the routing table is changed, and letters are replayed and parked"):
            aws.client("ssm").put_parameter(Name=parameter, Type="String", Value=mended(table), Overwrite=True)
            died = sum(ask(deployment, "DlqReplayerFunction", {"action": "inspect"})["histogram"]["reason"].values())
            faults.wait(_ROUTES_READ_WITHIN_S, processes.check)
            self._replay(deployment, {"action": "replay", "filter": {"reason": "unroutable"}})
            self._replay(deployment, {"action": "park", "filter": {"reason": ["malformed", "tombstone"]}})
            self._settle(deployment, received, processes, ("ok", *MENDED), 0)
        with self._steps.step("what the mappings delivered is read"):
            answered = answers()
        for each in processes.names():
            processes.stop(each)
        with self._steps.step("queues and ledgers are read"):
            acked, result = self._reconciled(deployment, received)
        held = self._waiting(deployment, "HoldQueue")
        return Found(deploy_s, acked, result, died, held, diverted, answered)

    def _ask(self, bucket: str, processes: Processes) -> Callable[[], tuple[Answer, ...]]:
        """Ask what is open; return what waits for the answers."""
        place, run = self._place, self._made.run
        name = stack_name(run.name)
        questions = Questions(place.aws, place.topics.options, place.cluster, run.name, processes.check)
        with self._steps.step("questions are asked: a stack with a mapping for each"):
            refuse_taken(place.aws, name)
            self._made.about_to_make("stack", name)
            deployment = questions.ask(bucket, {TAG: run.id})
        place.stand_in(mappings(run.name), name, processes)
        return lambda: tuple(questions.answers(deployment))

    def _deploy(self, processes: Processes, bucket: str, parameter: str) -> None:
        built = self._build.built
        self._wait_for(processes, "sam build", sam.build_command(built))
        if self._place.refuses_metric_math:
            self._build.leave_out_refused()
        parameters = {
            "MskClusterArn": self._place.cluster,
            "ConsumerGroup": self._made.run.name,
            "RoutesParameterName": parameter,
            "MaximumPollers": "2",
            "LogRetentionDays": "1",
            **self._names.parameters(),
        }
        refuse_taken(self._place.aws, self._made.run.name)  # again: SAM would update a stack that was made meanwhile
        self._made.about_to_make("stack", self._made.run.name)
        options = self._paths.root / "samconfig.toml"
        command = deploy_command(built, self._made, bucket, self._place.region, parameters, options)
        self._wait_for(processes, "sam deploy", command)

    def _wait_for(self, processes: Processes, name: str, command: list[str]) -> None:
        processes.run(name, command, self._build.environment, self._paths.log(name.replace(" ", "-")))
        while not processes.ended(name):
            time.sleep(0.2)

    def _send(self, deployment: Deployment, processes: Processes) -> bool:
        """Produce all of it, with a destination denied in the middle; return whether anything was diverted."""
        produce(self._settings, self._names, self._place.connection, self._paths, processes)
        faults.wait(self._settings.duration / 4, processes.check)
        diverted = False
        with faults.denied(deployment):
            until = time.monotonic() + min(faults.DENIED_FOR_S, self._settings.duration / 2)
            while time.monotonic() < until:
                processes.check()
                diverted = diverted or self._waiting(deployment, "HoldQueue") > 0
                time.sleep(1.0)
        while not processes.ended("producer"):
            diverted = diverted or self._waiting(deployment, "HoldQueue") > 0
            time.sleep(0.5)
        return diverted

    def _settle(
        self, deployment: Deployment, received: Received, processes: Processes, kinds: Collection[str], dead: int
    ) -> None:
        """Take what arrives until the messages of these kinds have, and as many letters are dead as there should be."""
        wanted = {each.event_id for each in acknowledged(self._paths) if each.kind in kinds}
        until = time.monotonic() + _ALL_WITHIN_S
        while time.monotonic() < until:
            processes.check()
            arrived = {each.event_id for each in arrivals(deployment, received.messages)}
            held, buried = (self._waiting(deployment, queue) for queue in ("HoldQueue", "DeadLetterQueue"))
            if wanted <= arrived and not held and buried >= dead:
                return

    def _waiting(self, deployment: Deployment, queue: str) -> int:
        """Return how many messages a queue has, as SQS counts them."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        sqs, url = deployment.aws.client("sqs"), deployment.resource(queue)
        counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(map(int, counts.values()))

    def _replay(self, deployment: Deployment, request: Mapping[str, object]) -> None:
        answer = ask(deployment, "DlqReplayerFunction", request)
        while (continuation := answer.get("continuation")) is not None:
            answer = ask(deployment, "DlqReplayerFunction", continuation)
        if "faults" in answer or "problem" in answer:
            raise LocalError(f"The replayer was asked for {request}, and answered: {answer}")

    def _reconciled(self, deployment: Deployment, received: Received) -> tuple[int, Reconciliation]:
        """Return how many messages Kafka acknowledged, and what became of them."""
        acked, lines = acknowledged(self._paths), journals(self._paths)
        read = partial(letters, deployment, read_queue=received.messages)
        result = reconcile(
            acked,
            [each.event_id for each in arrivals(deployment, received.messages)],
            [(f"{each.topic}-{each.partition}", each.offset) for each in read()],
            undone(deployment),
            windows(lines, killed_invocations(lines)),
            [(f"{each.topic}-{each.partition}", each.offset) for each in read("ParkingQueue")],
            MENDED,
            {each.position for each in acked if each.kind in MENDED},
        )
        return len(acked), result
