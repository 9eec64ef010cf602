"""Asks the questions: produces what each is about, makes the stack, and reads what its function was given when."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from consumer.conformance.deployed import deliveries
from consumer.conformance.kafka import ContractError, Options, committed, produce
from consumer.conformance.situation import Situation
from local.account.questions.answer import Answer, answers
from local.account.questions.template import ASKING, TABLE, code, stack_name, template, topic_of
from local.aws.deployment import Deployment, described
from local.aws.emulator import Aws
from local.errors import LocalError

_MADE_WITHIN_S = 900.0
"""Seconds for the stack: a mapping takes minutes to begin."""

_DONE_WITHIN_S = 300.0
"""Seconds from the last look at the messages of the run until the questions are judged by what was seen so far."""

_LOOK_EVERY_S = 1.0
_KEY = "questions.zip"


class Questions:
    """The questions of one run."""

    def __init__(self, aws: Aws, kafka: Options, cluster: str, run: str, look: Callable[[], None]) -> None:
        """Choose where to ask; `look` is called while it waits, and raises if there is nothing to wait for."""
        self._aws = aws
        self._kafka = kafka
        self._cluster = cluster
        self._run = run
        self._look = look

    def ask(self, bucket: str, tags: Mapping[str, str]) -> Deployment:
        """Produce, and make the stack: its mappings find all messages there.

        Raises:
            LocalError: Kafka or CloudFormation refuses.
        """
        try:
            for each in ASKING:
                produce(self._kafka, topic_of(self._run, each), each.messages)
        except ContractError as error:
            raise LocalError(f"The questions could not be asked: {error}") from None
        name, cloudformation = stack_name(self._run), self._aws.client("cloudformation")
        self._aws.client("s3").put_object(Bucket=bucket, Key=_KEY, Body=code())
        cloudformation.create_stack(
            StackName=name,
            TemplateBody=json.dumps(template(self._run, self._cluster, bucket, _KEY)),
            Capabilities=["CAPABILITY_IAM"],
            OnFailure="DO_NOTHING",
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )
        self._wait_until_made(cloudformation, name)
        return described(self._aws, cloudformation, name)

    def answers(self, deployment: Deployment) -> list[Answer]:
        """Return the answers, once every mapping is through or has had its time.

        Raises:
            LocalError: Kafka does not say what the mappings have committed.
        """
        until = time.monotonic() + _DONE_WITHIN_S
        while time.monotonic() < until and not all(self._is_through(each) for each in ASKING):
            self._look()
            time.sleep(_LOOK_EVERY_S)
        time.sleep(_LOOK_EVERY_S)  # what is delivered once too often comes at once
        return [answer for each in ASKING for answer in self._answers(deployment, each)]

    def _is_through(self, situation: Situation) -> bool:
        return sum(self._committed(situation).values()) == len(situation.messages)

    def _committed(self, situation: Situation) -> dict[str, int]:
        topic = topic_of(self._run, situation)
        try:
            return committed(self._kafka, topic, topic, situation.partitions)
        except ContractError as error:
            raise LocalError(f"The questions could not be answered: {error}") from None

    def _answers(self, deployment: Deployment, situation: Situation) -> list[Answer]:
        topic = topic_of(self._run, situation)
        item: dict[str, Any] = (
            self._aws.client("dynamodb")
            .get_item(TableName=deployment.resource(TABLE), Key={"topic": {"S": topic}}, ConsistentRead=True)
            .get("Item", {})
        )
        return answers(situation, topic, deliveries(item), self._committed(situation))

    def _wait_until_made(self, cloudformation: Any, name: str) -> None:
        until = time.monotonic() + _MADE_WITHIN_S
        while (status := _status(cloudformation, name)) != "CREATE_COMPLETE":
            if status != "CREATE_IN_PROGRESS" or time.monotonic() > until:
                events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
                failed = [
                    f"  {each['LogicalResourceId']}: {each.get('ResourceStatusReason', 'no reason given')}"
                    for each in events
                    if each["ResourceStatus"] == "CREATE_FAILED"
                ]
                raise LocalError("\n".join([f"The stack {name} was not made ({status}):", *failed]))
            self._look()
            time.sleep(_LOOK_EVERY_S)


def _status(cloudformation: Any, name: str) -> str:
    (found,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    return str(found["StackStatus"])
