"""A mapping that is deployed in AWS gives the consumer its settings."""

import io
import json
import zipfile
from uuid import uuid4

import pytest

from consumer.configuration.deployed import DeployedMappingError
from consumer.configuration.which import configured
from local.aws import Aws


def code() -> bytes:
    """Return a function's code."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("f.py", "def handler(event, context):\n    return None\n")
    return packed.getvalue()


def test_a_deployed_mapping_gives_its_options(aws: Aws) -> None:
    """Lambda tells of batch size, window and function; the emulator keeps no topics, so they stay to be set."""
    client = aws.client("lambda")
    name = f"f-{uuid4().hex[:8]}"
    client.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role="arn:aws:iam::000000000000:role/r",
        Handler="f.handler",
        Code={"ZipFile": code()},
        Timeout=17,
    )
    mapping = {
        "FunctionName": name,
        "EventSourceArn": "arn:aws:kafka:us-east-1:000000000000:cluster/c/a1b2c3d4-5678-90ab-cdef-111111111111-1",
        "Topics": ["t"],
        "BatchSize": 77,
        "MaximumBatchingWindowInSeconds": 3,
        "StartingPosition": "TRIM_HORIZON",
    }
    resources = {"Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping}}
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": resources}))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    found = configured({"CONSUMER_STACK": name}, connect=aws.client)
    assert found.environ["CONSUMER_BATCH_SIZE"] == "77"
    assert found.environ["CONSUMER_BATCH_WINDOW_S"] == "3"
    assert found.environ["CONSUMER_FUNCTION"].endswith(f":function:{name}")
    assert found.environ["CONSUMER_FUNCTION_TIMEOUT_S"] == "17"
    assert found.environ["CONSUMER_FUNCTION_RESPONSE_TYPES"] == "none"


@pytest.mark.robustness("bad input to a command or a template")
def test_a_mapping_that_is_not_there_is_one_error(aws: Aws) -> None:
    """It names the option."""
    with pytest.raises(DeployedMappingError, match="CONSUMER_MAPPING"):
        configured({"CONSUMER_MAPPING": str(uuid4())}, connect=aws.client)
