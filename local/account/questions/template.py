"""The stack that asks: a function that writes down what it gets, and a mapping for each situation with a question."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from consumer.conformance import deployed
from consumer.conformance.run import WINDOW_S
from consumer.conformance.situation import Situation
from consumer.conformance.situations import SITUATIONS
from local.deploy.mappings import TopicMapping
from local.tool import ROOT

ASKING: tuple[Situation, ...] = tuple(each for each in SITUATIONS if each.questions)
"""The situations in which something is open."""

TABLE = "Seen"
"""The table, by its name in the template."""


def stack_name(run: str) -> str:
    """Return the name of a run's stack, which begins the names of its topics, too."""
    return f"{run}-open"


def topic_of(run: str, situation: Situation) -> str:
    """Return the topic of a situation, and the group of its mapping."""
    return f"{stack_name(run)}-{situation.name}"


def topics(run: str) -> dict[str, int]:
    """Return the partitions of the topics of a run's questions."""
    return {topic_of(run, each): each.partitions for each in ASKING}


def mappings(run: str) -> list[TopicMapping]:
    """Return the mappings."""
    names = [(each, topic_of(run, each)) for each in ASKING]
    return [TopicMapping(_logical(each), topic, topic) for each, topic in names]


def code() -> bytes:
    """Return the function's code: of the consumer's contract what it needs."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in ("__init__", *(f"conformance/{module}" for module in deployed.FILES)):
            archive.write(ROOT / "consumer" / f"{name}.py", f"consumer/{name}.py")
    return content.getvalue()


def template(run: str, cluster: str, bucket: str, key: str) -> dict[str, Any]:
    """Return the template; `bucket` and `key` are where the code is."""
    function: dict[str, Any] = {
        "Handler": f"{deployed.__name__}.handler",
        "Runtime": "python3.13",
        "Timeout": 30,
        "MemorySize": 256,
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": {"S3Bucket": bucket, "S3Key": key},
        "Environment": {"Variables": {deployed.TABLE: {"Ref": TABLE}}},
        "LoggingConfig": {"LogGroup": {"Ref": "Logs"}},
    }
    table = {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "topic", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "topic", "KeyType": "HASH"}],
    }
    resources: dict[str, Any] = {
        TABLE: _resource("DynamoDB::Table", table),
        "Abandoned": _resource("SQS::Queue", {}),
        "Logs": _resource("Logs::LogGroup", {"RetentionInDays": 1}),
        "Role": _resource("IAM::Role", _role(run, cluster)),
        "Function": _resource("Lambda::Function", function),
    }
    for each in ASKING:
        resources[_logical(each)] = _resource("Lambda::EventSourceMapping", _mapping(run, cluster, each))
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}


def _resource(kind: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": dict(properties)}


def _logical(situation: Situation) -> str:
    return situation.name.capitalize()


def _mapping(run: str, cluster: str, situation: Situation) -> dict[str, Any]:
    topic = topic_of(run, situation)
    abandoned = {"DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["Abandoned", "Arn"]}}}}
    return {
        "FunctionName": {"Ref": "Function"},
        "EventSourceArn": cluster,
        "AmazonManagedKafkaEventSourceConfig": {"ConsumerGroupId": topic},
        "Topics": [topic],
        "StartingPosition": "TRIM_HORIZON",
        "MaximumBatchingWindowInSeconds": WINDOW_S,
        "ProvisionedPollerConfig": {"MinimumPollers": 1, "MaximumPollers": 1, "PollerGroupName": stack_name(run)},
        **(abandoned if situation.gives_up else {}),
        **situation.settings,
    }


def _role(run: str, cluster: str) -> dict[str, Any]:
    """Return the properties of the role: what the function does, and what a mapping does with it."""
    place, _, path = cluster.partition(":cluster/")

    def of_kafka(kind: str) -> str:
        return f"{place}:{kind}/{path}/{stack_name(run)}-*"

    statements = [
        _allow("dynamodb:UpdateItem", {"Fn::GetAtt": [TABLE, "Arn"]}),
        _allow("sqs:SendMessage", {"Fn::GetAtt": ["Abandoned", "Arn"]}),
        _allow(["logs:CreateLogStream", "logs:PutLogEvents"], {"Fn::GetAtt": ["Logs", "Arn"]}),
        _allow(
            [
                *("kafka:DescribeCluster", "kafka:DescribeClusterV2", "kafka:GetBootstrapBrokers"),
                *("kafka-cluster:Connect", "kafka-cluster:DescribeClusterDynamicConfiguration"),
            ],
            cluster,
        ),
        _allow(["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"], of_kafka("topic")),
        _allow(["kafka-cluster:DescribeGroup", "kafka-cluster:AlterGroup"], of_kafka("group")),
        _allow(
            [
                *("ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces"),
                *("ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"),
            ],
            "*",  # a mapping's network interfaces: EC2 limits these to no resource
        ),
    ]
    assume = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": statements}
    return {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [assume]},
        "Policies": [{"PolicyName": "ask", "PolicyDocument": document}],
    }


def _allow(actions: str | list[str], resource: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource}
