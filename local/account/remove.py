"""Removes what a run made, and nothing else: each thing is asked for the run's tag first, and its name is checked."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

from botocore.exceptions import ClientError

from local.account.account import NoClusterError
from local.account.made import TAG, Made, Thing
from local.aws.emulator import Aws
from local.deploy.cloudformation import delete_stack
from local.deploy.leftovers import retained_names
from local.errors import LocalError
from local.tool import ROOT

_GONE = frozenset(
    {
        *("ResourceNotFoundException", "NoSuchBucket", "ParameterNotFound", "InvalidResourceId"),
        *("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "ValidationError"),
    }
)
"""What the services say of something that is not there: it was never made, or is gone already."""

_STACK_WITHIN_S = 1_800.0
"""Seconds for the deletion of a stack: the network interfaces of mappings take many minutes."""

_STILL_MADE = ("CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS")
"""States of a stack that makes or takes back things."""

_LOOK_EVERY_S = 2.0
"""Seconds between two looks at a stack that is being deleted: CloudFormation limits the calls of an account."""


class KafkaRemoval(Protocol):
    """Removes what a run made in Kafka."""

    def remove(self, thing: Thing) -> bool:
        """Delete a topic; return whether it was there."""
        ...

    def remove_group(self, thing: Thing) -> bool:
        """Delete a group; return whether it was there."""
        ...


class WithoutKafka:
    """Stands in for a cluster that cannot be asked, so that what costs more is removed all the same."""

    def __init__(self, error: LocalError) -> None:
        self._error = error

    def remove(self, _: Thing) -> bool:
        """Say why not; a cluster that was deleted took its topics with it."""
        if isinstance(self._error, NoClusterError):
            return False
        raise self._error

    remove_group = remove


class Removal:
    """Removes the things of one run, the last first."""

    def __init__(
        self,
        aws: Aws,
        kafka: KafkaRemoval,
        made: Made,
        template: Path = ROOT / "template.yaml",
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._aws = aws
        self._made = made
        self._sleep = sleep
        self._retained = retained_names(template.read_text(encoding="utf-8"))
        self._remove: dict[str, Callable[[Thing], bool]] = {
            "stack": self._stack,
            "kept": self._kept,
            "bucket": self._bucket,
            "parameter": self._parameter,
            "topic": kafka.remove,
            "group": kafka.remove_group,
        }
        self.removed: list[str] = []
        self.left: list[str] = []
        """What stays, and why."""

    def all(self) -> None:
        """Remove all that is the run's; forget the list if nothing of it is left."""
        for thing in self._made:
            if thing.kind != "kept":
                self._one(thing)
        for thing in self._made:  # read anew: a stack that is deleted says what it keeps
            if thing.kind == "kept":
                self._one(thing)
        if not self.left:
            self._made.end()

    def _one(self, thing: Thing) -> None:
        """Remove one; whatever is wrong with it keeps nobody from removing the others."""
        try:
            if not self._made.ours(thing):
                self.left.append(f"{thing}: its name is none of the run's")
            elif self._remove[thing.kind](thing):
                self.removed.append(str(thing))
        except Exception as error:
            self.left.append(f"{thing}: {error}")

    def _of_the_run(self, tags: Callable[[], Iterable[Any]]) -> bool:
        """Return whether something has the run's tag; not if it is not there.

        Raises:
            LocalError: it is there, and somebody else made it.
        """
        try:
            found = tags()
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                return False
            raise
        pairs = found.items() if isinstance(found, dict) else ((each["Key"], each["Value"]) for each in found)
        if dict(pairs).get(TAG) != self._made.run.id:
            raise LocalError(f"it has not the tag {TAG}={self._made.run.id}, so that somebody else made it")
        return True

    def _stack(self, thing: Thing) -> bool:
        client = self._aws.client("cloudformation")

        def found() -> dict[str, Any]:
            (stack,) = client.describe_stacks(StackName=thing.name)["Stacks"]
            return dict(stack)

        def tags() -> Any:
            # SAM was stopped before it made anything: the stack is empty, and would have got its tags later.
            stack = found()
            return {TAG: self._made.run.id} if stack["StackStatus"] == "REVIEW_IN_PROGRESS" else stack.get("Tags", [])

        if not self._of_the_run(tags):
            return False
        for _ in range(int(_STACK_WITHIN_S / _LOOK_EVERY_S)):
            if found()["StackStatus"] not in _STILL_MADE:
                break
            self._sleep(_LOOK_EVERY_S)  # what it keeps is known when it is whole: a run was stopped meanwhile
        for each in client.describe_stack_resources(StackName=thing.name)["StackResources"]:
            if each["LogicalResourceId"] in self._retained and each.get("PhysicalResourceId"):
                self._keep(Thing("kept", each["PhysicalResourceId"], each["ResourceType"]))
        delete_stack(client, thing.name, _STACK_WITHIN_S, _LOOK_EVERY_S)
        return True

    def _keep(self, thing: Thing) -> None:
        """List what the stack keeps; what cannot be listed is told, and keeps nobody from deleting the stack."""
        try:
            self._made.about_to_make(*thing)
        except (LocalError, OSError) as error:
            self.left.append(f"{thing}: the stack keeps it. {error}")

    def _kept(self, thing: Thing) -> bool:
        kinds = {"AWS::SQS::Queue": self._queue, "AWS::DynamoDB::Table": self._table, "AWS::S3::Bucket": self._bucket}
        if thing.detail not in kinds:
            raise LocalError(f"the stack kept it, a {thing.detail}, which nobody here can delete")
        return kinds[thing.detail](thing)

    def _queue(self, thing: Thing) -> bool:
        sqs = self._aws.client("sqs")
        if not self._of_the_run(lambda: sqs.list_queue_tags(QueueUrl=thing.name).get("Tags", {})):
            return False
        sqs.delete_queue(QueueUrl=thing.name)
        return True

    def _table(self, thing: Thing) -> bool:
        table = self._aws.client("dynamodb")

        def tags() -> Any:
            arn = table.describe_table(TableName=thing.name)["Table"]["TableArn"]
            return table.list_tags_of_resource(ResourceArn=arn)["Tags"]

        if not self._of_the_run(tags):
            return False
        found = table.describe_table(TableName=thing.name)["Table"]
        if found["TableStatus"] == "DELETING":  # by a removal that was killed
            return True
        if found.get("DeletionProtectionEnabled"):
            table.update_table(TableName=thing.name, DeletionProtectionEnabled=False)
            table.get_waiter("table_exists").wait(TableName=thing.name, WaiterConfig={"Delay": 2, "MaxAttempts": 60})
        table.delete_table(TableName=thing.name)
        return True

    def _bucket(self, thing: Thing) -> bool:
        s3 = self._aws.client("s3")
        if not self._of_the_run(lambda: s3.get_bucket_tagging(Bucket=thing.name)["TagSet"]):
            return False
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=thing.name):
            for each in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                s3.delete_object(Bucket=thing.name, Key=each["Key"], VersionId=each["VersionId"])
        s3.delete_bucket(Bucket=thing.name)
        return True

    def _parameter(self, thing: Thing) -> bool:
        ssm = self._aws.client("ssm")
        if not self._of_the_run(
            lambda: ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=thing.name)["TagList"]
        ):
            return False
        ssm.delete_parameter(Name=thing.name)
        return True
