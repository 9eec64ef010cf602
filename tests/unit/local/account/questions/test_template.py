"""The stack that asks what AWS's documents leave open."""

import io
import json
import zipfile
from typing import Any

from consumer.conformance.deployed import FILES
from local.account.made import CheckRun, Made
from local.account.questions.template import ASKING, code, mappings, stack_name, template, topics

CLUSTER = "arn:aws:kafka:eu-west-1:123456789012:cluster/trucks/0a1b-1"
ASKED = template("comboio-check", CLUSTER, "bucket", "key")
RESOURCES: dict[str, Any] = ASKED["Resources"]


def of(kind: str) -> dict[str, dict[str, Any]]:
    """Return the properties of the resources of a type."""
    return {name: each["Properties"] for name, each in RESOURCES.items() if each["Type"] == f"AWS::{kind}"}


def test_each_question_has_a_mapping_of_its_situation() -> None:
    """With the situation's own settings, and a topic and a group of its own."""
    made = of("Lambda::EventSourceMapping")
    assert len(made) == len(ASKING) >= 6
    for situation, mapping in zip(ASKING, mappings("comboio-check"), strict=True):
        properties = made[mapping.name]
        assert properties | dict(situation.settings) == properties
        assert properties["Topics"] == [mapping.topic]
        assert properties["AmazonManagedKafkaEventSourceConfig"] == {"ConsumerGroupId": mapping.group}
        assert ("DestinationConfig" in properties) is situation.gives_up


def test_all_that_it_makes_has_the_run_s_name(tmp_path: Any) -> None:
    """Topics and stack can stand on the run's list, which refuses any other."""
    made = Made.begin(tmp_path / "list", CheckRun("comboio-check", "run-1", "123456789012", CLUSTER))
    for name in (stack_name("comboio-check"), *topics("comboio-check")):
        made.about_to_make("topic", name)


def test_nothing_is_kept_when_it_is_deleted() -> None:
    """The stack is for minutes: no resource outlives it, none has a name that another run may have."""
    assert not [name for name, each in RESOURCES.items() if each.keys() - {"Type", "Properties"}]
    names = ("TableName", "QueueName", "FunctionName", "RoleName", "LogGroupName")
    for kind in ("DynamoDB::Table", "SQS::Queue", "IAM::Role", "Logs::LogGroup", "Lambda::Function"):
        assert not [properties for properties in of(kind).values() if properties.keys() & set(names)]


def test_its_role_may_read_the_run_s_topics_only() -> None:
    """Nothing of anybody else's, but for network interfaces, which EC2 limits to no resource."""
    (role,) = of("IAM::Role").values()
    for statement in role["Policies"][0]["PolicyDocument"]["Statement"]:
        if statement["Resource"] == "*":
            assert {each.partition(":")[0] for each in statement["Action"]} == {"ec2"}
        elif isinstance(statement["Resource"], str) and statement["Resource"] != CLUSTER:
            assert "/trucks/0a1b-1/comboio-check-open-" in statement["Resource"]


def test_it_fits_a_call() -> None:
    """CloudFormation takes 51,200 bytes of a template that is not in a bucket."""
    assert len(json.dumps(ASKED)) < 51_200


def test_the_code_has_the_modules_of_the_function() -> None:
    """As packages, so that they are imported as they are here."""
    names = set(zipfile.ZipFile(io.BytesIO(code())).namelist())
    assert names == {"consumer/__init__.py", *(f"consumer/conformance/{name}.py" for name in FILES)}
