"""What the AWS emulator must get right for the rest of the tests to mean anything."""

import json
import re
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from rich.console import Console

from local.aws import Aws, Deployment, deploy, emulator, messages
from local.aws.deployment import ARTIFACTS
from local.errors import LocalError
from ops.mappings.command import DispatcherStack, run
from tests.integration.local.listening import addresses_of
from tests.support.template import MAPPING

THREADS = 16
ROUNDS = 10
QUICKLY: Any = {"Delay": 1, "MaxAttempts": 60}


@pytest.fixture
def queue(aws: Aws) -> str:
    url: str = aws.client("sqs").create_queue(QueueName=f"queue-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    return url


@pytest.mark.robustness("the emulator, held to what the product relies on")
def test_one_of_sixteen_writers_wins_each_round(aws: Aws) -> None:
    """Of conditional updates at the same time exactly one succeeds: the ledger's leases rest on it."""
    name = f"table-{uuid.uuid4().hex[:8]}"
    dynamodb = aws.client("dynamodb", Config(max_pool_connections=THREADS))
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    together = threading.Barrier(THREADS)
    wins: list[int] = []

    def race(writer: int) -> None:
        for number in range(ROUNDS):
            together.wait(30)
            try:
                dynamodb.update_item(
                    TableName=name,
                    Key={"pk": {"S": f"partition {number}"}},
                    UpdateExpression="SET #owner = :me",
                    ConditionExpression="attribute_not_exists(#owner)",
                    ExpressionAttributeNames={"#owner": "owner"},
                    ExpressionAttributeValues={":me": {"N": str(writer)}},
                )
            except dynamodb.exceptions.ConditionalCheckFailedException:
                continue
            wins.append(number)

    threads = [threading.Thread(target=race, args=(writer,)) for writer in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(wins) == list(range(ROUNDS))


def test_a_fifo_queue_keeps_one_of_two_with_the_same_deduplication_id(aws: Aws) -> None:
    """A send that is said again is one message, with the id of the first."""
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName=f"queue-{uuid.uuid4().hex[:8]}.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]

    def send(body: str, deduplication_id: str) -> str:
        sent = sqs.send_message(
            QueueUrl=url, MessageBody=body, MessageGroupId="truck", MessageDeduplicationId=deduplication_id
        )
        return str(sent["MessageId"])

    assert send("first", "a") == send("first", "a")
    assert send("first", "b") != send("second", "c")
    assert [(held.body, held.deduplication_id) for held in messages(aws, url)] == [
        ("first", "a"),
        ("first", "b"),
        ("second", "c"),
    ]


def test_a_queue_is_read_whole_and_left_as_it_is(aws: Aws, queue: str) -> None:
    """Reading sees every message, also one that somebody has received, as often as one likes."""
    sqs = aws.client("sqs")
    attribute: dict[str, Any] = {"correlation_id": {"DataType": "String", "StringValue": "c"}}
    for batch in range(5):
        entries = [{"Id": str(n), "MessageBody": f"{batch} {n}", "MessageAttributes": attribute} for n in range(10)]
        sqs.send_message_batch(QueueUrl=queue, Entries=entries)
    sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
    for _ in range(2):
        held = messages(aws, queue)
        assert sorted(message.body for message in held) == sorted(f"{b} {n}" for b in range(5) for n in range(10))
    assert held[0].attributes["correlation_id"]["StringValue"] == "c"


def test_the_template_is_what_is_deployed(deployment: Deployment) -> None:
    """The function's environment names tables, queues and buckets that are there: the template is the one list."""
    environment = deployment.environment("DispatcherFunction")
    tables = deployment.aws.client("dynamodb").list_tables()["TableNames"]
    queues = deployment.aws.client("sqs").list_queues()["QueueUrls"]
    buckets = [bucket["Name"] for bucket in deployment.aws.client("s3").list_buckets()["Buckets"]]
    assert environment["LEDGER_TABLE"] in tables
    assert environment["DEAD_LETTER_BUCKET"] in buckets
    urls = {value for name, value in environment.items() if name.endswith("_QUEUE_URL")}
    assert urls
    assert urls <= set(queues)
    assert environment["AWS_ENDPOINT_URL"] == deployment.aws.endpoint


def test_the_function_is_as_the_template_says(deployment: Deployment) -> None:
    """Whoever stands in for Lambda knows the handler and how long it may take."""
    function = deployment.function("DispatcherFunction")
    assert function.handler == "dispatcher.handler.handler"
    assert 0 < function.timeout_s <= 840


def test_one_topic_more_is_deployed_beside_the_stack(deployment: Deployment) -> None:
    """mapping.yaml, deployed by hand with the stack's outputs, gives the dispatcher a mapping, a permission and alarms;
    deleting it takes the three away again and leaves the stack's own."""
    outputs, cloudformation = deployment.outputs, deployment.aws.client("cloudformation")
    given = {name: outputs[name] for name in ("DispatcherFunctionArn", "DispatcherRoleName", "OnFailureBucketArn")}
    given |= {"Topic": "mt-c500", "MskClusterArn": deployment.parameters["MskClusterArn"]}
    before = made_by_mappings(deployment)
    cloudformation.create_stack(
        StackName="one-topic-more",
        TemplateBody=MAPPING.path.read_text(),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName="one-topic-more", WaiterConfig=QUICKLY)
    mappings, policies, alarms = (
        after - early for after, early in zip(made_by_mappings(deployment), before, strict=True)
    )
    assert (len(mappings), len(policies), len(alarms)) == (1, 1, 3)
    cloudformation.delete_stack(StackName="one-topic-more")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName="one-topic-more", WaiterConfig=QUICKLY)
    assert made_by_mappings(deployment) == before


def test_topics_of_a_file_are_deployed_beside_the_stack(deployment: Deployment, tmp_path: Path) -> None:
    """`make mappings` writes a template that deploys: a mapping of MSK and one of a self-managed cluster, with their
    secrets, network and registry, and one policy of the dispatcher's role for both."""
    servers, secret = "b1.example:9096", "arn:aws:secretsmanager:us-east-1:000000000000:secret:reader-AbCdEf"
    parameters = {**deployment.parameters, "SelfManagedClusters": servers}
    file, written = tmp_path / "mappings.toml", tmp_path / "mappings.yaml"
    file.write_text(
        '[topics."mt-c600"]\nBatchSize = 7\n'
        f'[topics."plc.alarms"]\nBootstrapServers = "{servers}"\nAuthentication = "SASL_SCRAM_256_AUTH"\n'
        f'SecretArn = "{secret}"\nSubnetId1 = "subnet-0000000a"\nSecurityGroupId = "sg-0000000c"\n'
        'SchemaRegistryUrl = "https://registry.example"\n'
    )
    run(
        [str(file), "--to", str(written)],
        DispatcherStack("comboio", parameters, deployment.outputs),
        Console(quiet=True),
    )
    aws = deployment.aws
    s3, cloudformation, functions = aws.client("s3"), aws.client("cloudformation"), aws.client("lambda")
    s3.put_object(Bucket=ARTIFACTS, Key="mapping.yaml", Body=MAPPING.path.read_bytes())
    before = made_by_mappings(deployment)
    body = re.sub(r"TemplateURL: \S+", f"TemplateURL: {aws.endpoint}/{ARTIFACTS}/mapping.yaml", written.read_text())
    cloudformation.create_stack(StackName="topics", TemplateBody=body, Capabilities=["CAPABILITY_IAM"])
    cloudformation.get_waiter("stack_create_complete").wait(StackName="topics", WaiterConfig=QUICKLY)
    mappings = functions.list_event_source_mappings()["EventSourceMappings"]
    assert {each["BatchSize"] for each in mappings if each["UUID"] not in before[0]} == {7, 10000}
    granted = aws.client("iam").list_attached_role_policies(RoleName=deployment.outputs["DispatcherRoleName"])
    assert len(granted["AttachedPolicies"]) == 1
    cloudformation.delete_stack(StackName="topics")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName="topics", WaiterConfig=QUICKLY)
    assert made_by_mappings(deployment) == before


def made_by_mappings(deployment: Deployment) -> tuple[set[str], set[str], set[str]]:
    """Return the mappings, the policies of the dispatcher's role, and the alarms that there are."""
    aws = deployment.aws
    return (
        {each["UUID"] for each in aws.client("lambda").list_event_source_mappings()["EventSourceMappings"]},
        set(aws.client("iam").list_role_policies(RoleName=deployment.outputs["DispatcherRoleName"])["PolicyNames"]),
        {each["AlarmName"] for each in aws.client("cloudwatch").describe_alarms()["MetricAlarms"]},
    )


def test_a_running_stack_can_be_given_a_routing_table() -> None:
    """An update that adds the permission to read the override completes, and one that takes it away does too."""
    with emulator() as aws:
        deployment = deploy(aws)
        cloudformation, iam = aws.client("cloudformation"), aws.client("iam")
        for name, policies in (("/comboio/routes", {"read-routes"}), ("", set())):
            parameters = {**deployment.parameters, "RoutesParameterName": name}
            cloudformation.update_stack(
                StackName="comboio",
                UsePreviousTemplate=True,
                Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
                Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            )
            cloudformation.get_waiter("stack_update_complete").wait(StackName="comboio", WaiterConfig=QUICKLY)
            there = set(iam.list_role_policies(RoleName=deployment.outputs["DispatcherRoleName"])["PolicyNames"])
            assert there & {"read-routes"} == policies
            assert deployment.environment("DispatcherFunction")["DISPATCHER_ROUTES_PARAMETER"] == name


def test_an_unknown_resource_is_told_with_those_there_are(deployment: Deployment) -> None:
    """A misspelt logical id is a message, not a KeyError."""
    with pytest.raises(LocalError, match=r"no resource LegderTable. It has: .*LedgerTable"):
        deployment.resource("LegderTable")


def test_a_template_that_cannot_be_deployed_is_explained(tmp_path: Path) -> None:
    """A parameter without a value, or a resource that cannot be made, is named in one message."""
    path = tmp_path / "template.json"
    wrong = {"Type": "AWS::SQS::Queue", "Properties": {"RedrivePolicy": "x"}}
    path.write_text(json.dumps({"Resources": {"WrongQueue": wrong}}))
    with emulator() as aws:
        with pytest.raises(LocalError, match="MskClusterArn"):
            deploy(aws, parameters={})
        with pytest.raises(LocalError, match=r"WrongQueue: .*RedrivePolicy"):
            deploy(aws, path, {})


@pytest.mark.robustness("the emulator, held to what the product relies on")
def test_no_real_account_is_ever_asked(aws: Aws) -> None:
    """The client goes to the endpoint, whatever profile or credentials the machine has."""
    with pytest.raises(ClientError):
        aws.client("sqs").get_queue_url(QueueName="no-such-queue")
    assert aws.client("sqs").meta.endpoint_url == aws.endpoint


@pytest.mark.robustness("the emulator, held to what the product relies on")
def test_the_emulator_listens_on_loopback_only(aws: Aws) -> None:
    """No other machine can reach it."""
    assert addresses_of(int(aws.endpoint.rpartition(":")[2])) == {"127.0.0.1"}
