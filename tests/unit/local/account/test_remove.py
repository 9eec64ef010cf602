"""What is removed, and what never is."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.account.account import NoClusterError
from local.account.made import TAG, CheckRun, Made, Thing
from local.account.remove import KafkaRemoval, Removal, WithoutKafka
from local.aws.emulator import Aws
from local.errors import LocalError

RUN = CheckRun("comboio-check", "run-1", "123456789012", "arn:aws:kafka:eu-west-1:123456789012:cluster/trucks/0a1b-1")

MINE, THEIRS = [{"Key": TAG, "Value": "run-1"}], [{"Key": TAG, "Value": "run-0"}]


def refused(code: str) -> ClientError:
    """Return what a call that AWS refuses raises."""
    return ClientError({"Error": {"Code": code, "Message": code}}, "Call")


class FakeAws:
    """Every service in one: tags by name, the stack's state, and the deletions that were asked for."""

    def __init__(self) -> None:
        self.tags: dict[str, list[dict[str, str]]] = {}
        self.denied: set[str] = set()
        self.status = "CREATE_COMPLETE"
        self.becomes: list[str] = []
        self.table = {"TableStatus": "ACTIVE", "TableArn": "arn", "DeletionProtectionEnabled": True}
        self.deleted: list[str] = []
        self.kept = [
            {"LogicalResourceId": "DeadLetterQueue", "PhysicalResourceId": "https://sqs/1/comboio-check-dlq",
             "ResourceType": "AWS::SQS::Queue"},
            {"LogicalResourceId": "EventsQueue", "PhysicalResourceId": "https://sqs/1/comboio-check-events",
             "ResourceType": "AWS::SQS::Queue"},
        ]  # fmt: skip

    def client(self, _service: str) -> "FakeAws":
        """Return itself."""
        return self

    def _tags(self, name: str, gone: str) -> list[dict[str, str]]:
        if name in self.denied:
            raise refused("AccessDenied")
        if name not in self.tags or name in self.deleted:
            raise refused(gone)
        return self.tags[name]

    def describe_stacks(self, **given: str) -> dict[str, Any]:
        """See CloudFormation."""
        tags = self._tags(given["StackName"], "ValidationError")
        if self.becomes:
            self.status = self.becomes.pop(0)
        return {"Stacks": [{"Tags": tags, "StackStatus": self.status, "StackId": given["StackName"]}]}

    def describe_stack_resources(self, **_: object) -> dict[str, Any]:
        """See CloudFormation."""
        return {"StackResources": self.kept if self.status != "CREATE_IN_PROGRESS" else []}

    def delete_stack(self, **given: str) -> None:
        """See CloudFormation."""
        self.deleted.append(given["StackName"])

    def get_bucket_tagging(self, **given: str) -> dict[str, Any]:
        """See S3."""
        return {"TagSet": self._tags(given["Bucket"], "NoSuchBucket")}

    def get_paginator(self, _operation: str) -> "FakeAws":
        """See S3."""
        return self

    def paginate(self, **_: object) -> list[dict[str, Any]]:
        """Return no version of any object."""
        return [{}]

    def delete_bucket(self, **given: str) -> None:
        """See S3."""
        self.deleted.append(given["Bucket"])

    def describe_table(self, **given: str) -> dict[str, Any]:
        """See DynamoDB."""
        self._tags(given["TableName"], "ResourceNotFoundException")
        return {"Table": self.table}

    def list_tags_of_resource(self, **_: str) -> dict[str, Any]:
        """See DynamoDB."""
        return {"Tags": MINE}

    def update_table(self, **given: Any) -> None:
        """See DynamoDB."""
        self.table["DeletionProtectionEnabled"] = given["DeletionProtectionEnabled"]

    def get_waiter(self, _: str) -> "FakeAws":
        """See DynamoDB."""
        return self

    def wait(self, **_: object) -> None:
        """See DynamoDB."""

    def delete_table(self, **given: str) -> None:
        """See DynamoDB."""
        if self.table["DeletionProtectionEnabled"] or self.table["TableStatus"] != "ACTIVE":
            raise refused("ResourceInUseException")
        self.deleted.append(given["TableName"])

    def list_queue_tags(self, **given: str) -> dict[str, Any]:
        """See SQS."""
        return {"Tags": {each["Key"]: each["Value"] for each in self._tags(given["QueueUrl"], "QueueDoesNotExist")}}

    def delete_queue(self, **given: str) -> None:
        """See SQS."""
        self.deleted.append(given["QueueUrl"])

    def list_tags_for_resource(self, **given: str) -> dict[str, Any]:
        """See SSM."""
        return {"TagList": self._tags(given["ResourceId"], "InvalidResourceId")}

    def delete_parameter(self, **given: str) -> None:
        """See SSM."""
        self.deleted.append(given["Name"])


class FakeKafka:
    """Takes every deletion, or refuses all."""

    def __init__(self, refuses: str = "") -> None:
        self.deleted: list[str] = []
        self._refuses = refuses

    def remove(self, thing: Thing) -> bool:
        """See KafkaRemoval."""
        if self._refuses:
            raise LocalError(self._refuses)
        self.deleted.append(thing.name)
        return True

    remove_group = remove


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Give the list of a run that made one of each."""
    made = Made.begin(tmp_path / "list", RUN)
    for kind, name in (
        ("topic", "comboio-check-mt-c400"),
        ("bucket", "comboio-check-b"),
        ("parameter", "/comboio/comboio-check"),
        ("stack", "comboio-check"),
    ):
        made.about_to_make(kind, name)
    return made


def removal(aws: FakeAws, made: Made, kafka: KafkaRemoval | None = None) -> Removal:
    """Return a removal of these."""
    found: Any = aws
    typed: Aws = found
    return Removal(typed, kafka or FakeKafka(), made, sleep=lambda _: None)


@pytest.fixture
def aws() -> FakeAws:
    """Give an account in which all of it is there."""
    aws = FakeAws()
    names = ("comboio-check", "comboio-check-b", "/comboio/comboio-check", "https://sqs/1/comboio-check-dlq")
    aws.tags = dict.fromkeys(names, MINE)
    return aws


def test_all_that_a_run_made_goes_the_stack_first_and_what_it_keeps_last(
    aws: FakeAws, made: Made, tmp_path: Path
) -> None:
    """Nothing is left, what the stack retains among it, and the list is forgotten."""
    kafka = FakeKafka()
    done = removal(aws, made, kafka)
    done.all()
    assert aws.deleted == [
        "comboio-check", "/comboio/comboio-check", "comboio-check-b", "https://sqs/1/comboio-check-dlq"
    ]  # fmt: skip
    assert kafka.deleted == ["comboio-check-mt-c400"]
    assert done.left == []
    with pytest.raises(LocalError, match="nothing to remove"):
        Made.left(tmp_path / "list", RUN.account, RUN.cluster)


@pytest.mark.parametrize("name", ["comboio-check", "comboio-check-b", "/comboio/comboio-check"])
@pytest.mark.parametrize("tags", [THEIRS, [], [{"Key": "other", "Value": "run-1"}]])
def test_what_has_not_the_run_s_tag_stays(
    aws: FakeAws, made: Made, tmp_path: Path, name: str, tags: list[dict[str, str]]
) -> None:
    """Somebody else's thing of the same name is not touched, is told, and keeps nobody from removing the rest."""
    aws.tags[name] = tags
    done = removal(aws, made)
    done.all()
    assert name not in aws.deleted
    assert [each for each in done.left if name in each and TAG in each]
    assert len(done.removed) >= 3
    assert Made.left(tmp_path / "list", RUN.account, RUN.cluster).run.id == "run-1", "the list stays for another try"


def test_what_is_gone_already_is_no_fault(aws: FakeAws, made: Made) -> None:
    """A run that ended before it made them, or a removal that was stopped in the middle, is removed all the same."""
    aws.tags = {"https://sqs/1/comboio-check-dlq": MINE}
    made.about_to_make("kept", "https://sqs/1/comboio-check-dlq", "AWS::SQS::Queue")
    done = removal(aws, made)
    done.all()
    assert aws.deleted == ["https://sqs/1/comboio-check-dlq"], "kept by a stack that an earlier try deleted"
    assert done.left == []


def test_a_name_that_somebody_wrote_into_the_list_is_not_touched(aws: FakeAws, made: Made, tmp_path: Path) -> None:
    """The name is checked when it is removed too, whatever the list says."""
    with (tmp_path / "list").open("a") as file:
        file.write('["topic", "mt-c400", ""]\n')
    kafka = FakeKafka()
    done = removal(aws, made, kafka)
    done.all()
    assert "mt-c400" not in kafka.deleted
    assert done.left == ["topic mt-c400: its name is none of the run's"]


def test_a_stack_that_sam_had_not_begun_to_make_goes(aws: FakeAws, made: Made) -> None:
    """Stopped between change set and execution, a stack is empty and has no tags yet."""
    aws.status, aws.tags["comboio-check"], aws.kept = "REVIEW_IN_PROGRESS", [], []
    done = removal(aws, made)
    done.all()
    assert "comboio-check" in aws.deleted
    assert done.left == []


def test_kafka_that_does_not_answer_keeps_nothing_else(aws: FakeAws, made: Made) -> None:
    """What costs money is removed although the topics cannot be."""
    done = removal(aws, made, FakeKafka("no answer"))
    done.all()
    assert "comboio-check" in aws.deleted
    assert done.left == ["topic comboio-check-mt-c400: no answer"]


def test_tags_that_may_not_be_read_keep_a_thing(aws: FakeAws, made: Made) -> None:
    """A bucket of another account answers AccessDenied: it stays, and is told."""
    aws.denied.add("comboio-check-b")
    done = removal(aws, made)
    done.all()
    assert "comboio-check-b" not in aws.deleted
    assert "AccessDenied" in done.left[0]


def test_a_stack_that_is_still_being_made_is_waited_for(aws: FakeAws, made: Made) -> None:
    """What it will keep is known only when it is whole: a run that was stopped meanwhile leaves none of it."""
    aws.becomes = ["CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_FAILED"]
    removal(aws, made).all()
    assert "https://sqs/1/comboio-check-dlq" in aws.deleted


def test_what_a_stack_keeps_under_another_name_keeps_nobody_from_deleting_it(aws: FakeAws, made: Made) -> None:
    """The stack costs more than what it keeps: it goes, and the other is told."""
    aws.kept[0]["PhysicalResourceId"] = "https://sqs/1/trucks-dlq"
    done = removal(aws, made)
    done.all()
    assert "comboio-check" in aws.deleted
    assert "https://sqs/1/trucks-dlq" not in aws.deleted
    assert [each for each in done.left if "trucks-dlq" in each]


@pytest.mark.parametrize(
    ("table", "gone"),
    [
        ({}, True),
        ({"DeletionProtectionEnabled": False}, True),
        ({"DeletionProtectionEnabled": False, "TableStatus": "DELETING"}, False),
    ],
)
def test_a_table_goes_however_far_an_earlier_removal_came(
    aws: FakeAws, made: Made, table: dict[str, Any], gone: bool
) -> None:
    """Its protection is taken off once, and a table that goes already is not asked to."""
    aws.table |= table
    aws.tags["comboio-check-Ledger"] = MINE
    made.about_to_make("kept", "comboio-check-Ledger", "AWS::DynamoDB::Table")
    done = removal(aws, made)
    done.all()
    assert done.left == []
    assert ("comboio-check-Ledger" in aws.deleted) is gone


@pytest.mark.parametrize(
    ("error", "left"),
    [
        (NoClusterError("there is no such cluster"), []),
        (LocalError("MSK does not tell"), ["topic comboio-check-mt-c400: MSK does not tell"]),
    ],
)
def test_a_cluster_that_cannot_be_asked_keeps_nothing_else(
    aws: FakeAws, made: Made, error: LocalError, left: list[str]
) -> None:
    """Somebody deleted it, and the topics with it; or its API refuses, and they are told."""
    done = removal(aws, made, WithoutKafka(error))
    done.all()
    assert "comboio-check" in aws.deleted
    assert done.left == left
