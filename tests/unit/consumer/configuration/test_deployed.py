"""A deployed mapping is read as Lambda returns it, or the start ends in one sentence."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from consumer.configuration.deployed import DeployedMappingError, deployed_mapping, stack_mappings
from consumer.configuration.options import given

UUID = "a1b2c3d4-5678-90ab-cdef-111111111111"
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:f"


@pytest.fixture
def client() -> Any:
    session = boto3.Session("x", "x", region_name="eu-west-1")
    return session.client


@pytest.fixture
def lambda_stub(client: Any) -> Iterator[Stubber]:
    with Stubber(client("lambda")) as stub:
        yield stub


def test_a_deployed_mapping_gives_the_same_options(lambda_stub: Stubber) -> None:
    """Its group is its UUID where it names none, its function the one that is deployed, with that one's timeout."""
    answer = {"UUID": UUID, "FunctionArn": ARN, "Topics": ["t"], "BatchSize": 9, "StartingPosition": "TRIM_HORIZON"}
    lambda_stub.add_response("get_event_source_mapping", answer, {"UUID": UUID})
    lambda_stub.add_response("get_function_configuration", {"Timeout": 7, "MemorySize": 128}, {"FunctionName": ARN})
    options = {each.variable: each.value for each in given(deployed_mapping(lambda_stub.client, UUID))}
    assert options["CONSUMER_FUNCTION"] == ARN
    assert options["CONSUMER_FUNCTION_TIMEOUT_S"] == "7"
    assert options["CONSUMER_GROUP_ID"] == UUID
    assert options["CONSUMER_BATCH_SIZE"] == "9"


@pytest.mark.robustness("bad input to a command or a template")
def test_a_mapping_that_does_not_exist_is_said_so(lambda_stub: Stubber) -> None:
    """The error names the option and Lambda's reason."""
    lambda_stub.add_client_error("get_event_source_mapping", "ResourceNotFoundException", "no such mapping")
    with pytest.raises(DeployedMappingError, match=r"no such mapping.*CONSUMER_MAPPING"):
        deployed_mapping(lambda_stub.client, UUID)


def summary(name: str, kind: str, physical: str) -> dict[str, Any]:
    return {
        "LogicalResourceId": name,
        "ResourceType": kind,
        "PhysicalResourceId": physical,
        "LastUpdatedTimestamp": "2026-01-01T00:00:00Z",
        "ResourceStatus": "CREATE_COMPLETE",
    }


def test_a_stack_has_the_mappings_of_its_nested_stacks(client: Any) -> None:
    """They have the names that the templates give them."""
    with Stubber(client("cloudformation")) as stub:
        nested = summary("Heavy", "AWS::CloudFormation::Stack", "arn:nested")
        function = summary("F", "AWS::Lambda::Function", "f")
        stub.add_response("list_stack_resources", {"StackResourceSummaries": [nested, function]}, {"StackName": "s"})
        inner = summary("Mapping", "AWS::Lambda::EventSourceMapping", UUID)
        stub.add_response("list_stack_resources", {"StackResourceSummaries": [inner]}, {"StackName": "arn:nested"})
        assert stack_mappings(stub.client, "s") == {"Heavy/Mapping": UUID}


@pytest.mark.robustness("bad input to a command or a template")
def test_a_stack_that_does_not_exist_is_said_so(client: Any) -> None:
    """The error names the option and CloudFormation's reason."""
    with Stubber(client("cloudformation")) as stub:
        stub.add_client_error("list_stack_resources", "ValidationError", "Stack with id s does not exist")
        with pytest.raises(DeployedMappingError, match=r"does not exist.*CONSUMER_STACK"):
            stack_mappings(stub.client, "s")
