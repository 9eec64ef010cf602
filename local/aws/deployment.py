"""Deploys template.yaml to the emulator through CloudFormation, and finds its resources."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local.aws.artifact import nested_templates, placeholder, with_code_at, with_nested_at, without_metric_math
from local.aws.emulator import Aws
from local.aws.function import DeployedFunction
from local.errors import LocalError
from local.tool import ROOT

TEMPLATE = ROOT / "template.yaml"
"""What is deployed: the template that AWS gets too."""

STACK = "comboio"
"""Its stack's name."""

_DEPLOY_WITHIN_S = 60.0
"""Seconds for a deploy, which takes about five."""

PARAMETERS: Mapping[str, str] = {
    "MskClusterArn": "arn:aws:kafka:us-east-1:000000000000:cluster/local/00000000-0000-0000-0000-000000000000-1"
}
"""The parameters that have no default. The emulator polls no cluster, so any ARN does."""

ARTIFACTS = "comboio-local-artifacts"
"""The bucket for what `sam package` would upload."""

CODE = "code.zip"
"""The placeholder for code in it."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """A template's resources by their logical names.

    Attributes:
        aws: where they are.
        resources: physical id by logical id: a queue's URL, a table's or a bucket's name.
        outputs: the template's outputs.
        parameters: the values that the template's parameters were given.
    """

    aws: Aws
    resources: Mapping[str, str]
    outputs: Mapping[str, str]
    parameters: Mapping[str, str] = field(default_factory=dict)

    def resource(self, logical_id: str) -> str:
        """Return the physical id of a resource.

        Raises:
            LocalError: the template has no resource of that name.
        """
        if logical_id not in self.resources:
            raise LocalError(f"The template has no resource {logical_id}. It has: {', '.join(sorted(self.resources))}.")
        return self.resources[logical_id]

    def function(self, logical_id: str) -> DeployedFunction:
        """Return a deployed function, with the environment that its handler needs to run in this process."""
        configuration = self.aws.client("lambda").get_function_configuration(FunctionName=self.resource(logical_id))
        return DeployedFunction.from_configuration(configuration, self.aws.environment)

    def environment(self, logical_id: str) -> dict[str, str]:
        """Return the environment of a function: the template's variables, resolved, and the emulator's endpoint."""
        return dict(self.function(logical_id).environment)


def deploy(aws: Aws, template: Path = TEMPLATE, parameters: Mapping[str, str] = PARAMETERS) -> Deployment:
    """Create every resource of the template; takes about five seconds.

    Args:
        aws: an emulator without this stack.
        template: a SAM template; a placeholder is deployed instead of its code.
        parameters: values for the template's parameters.

    Raises:
        LocalError: the emulator refused the template, or could not create a resource.
    """
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=ARTIFACTS)
    s3.put_object(Bucket=ARTIFACTS, Key=CODE, Body=placeholder())
    body, _ = without_metric_math(template.read_text())
    for path in nested_templates(body):
        nested = with_code_at((template.parent / path).read_text(), ARTIFACTS, CODE)
        s3.put_object(Bucket=ARTIFACTS, Key=path, Body=nested.encode())
    body = with_nested_at(with_code_at(body, ARTIFACTS, CODE), f"{aws.endpoint}/{ARTIFACTS}")
    s3.put_object(Bucket=ARTIFACTS, Key=template.name, Body=body.encode())
    cloudformation = aws.client("cloudformation")
    try:
        cloudformation.create_stack(
            StackName=STACK,
            TemplateURL=f"{aws.endpoint}/{ARTIFACTS}/{template.name}",  # within the call: 51,200 bytes at most
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
        deadline = time.monotonic() + _DEPLOY_WITHIN_S
        while (stack := cloudformation.describe_stacks(StackName=STACK)["Stacks"][0])["StackStatus"] == (
            "CREATE_IN_PROGRESS"
        ):
            if time.monotonic() > deadline:
                raise LocalError(f"{template} was not deployed within {_DEPLOY_WITHIN_S:.0f} s.")
            time.sleep(0.05)
        if stack["StackStatus"] != "CREATE_COMPLETE":
            events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
            failed = [
                f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}"
                for event in events
                if event["ResourceStatus"] == "CREATE_FAILED"
            ]
            raise LocalError(
                "\n".join([f"The AWS emulator could not deploy {template} ({stack['StackStatus']}):", *failed])
            )
        found = described(aws, cloudformation, STACK)
        _stop_polling(aws)
    except ClientError as error:
        raise LocalError(f"The AWS emulator refused {template}: {error.response['Error']['Message']}") from None
    return found


def described(aws: Aws, cloudformation: Any, stack: str) -> Deployment:
    """Return what a stack has; `cloudformation` is a client of that AWS.

    Raises:
        ClientError: there is no such stack.
    """
    resources = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
    (own,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    return Deployment(
        aws=aws,
        resources={resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources},
        outputs={output["OutputKey"]: output["OutputValue"] for output in own.get("Outputs", [])},
        parameters={each["ParameterKey"]: each["ParameterValue"] for each in own.get("Parameters", [])},
    )


def _stop_polling(aws: Aws) -> None:
    """Disable the mappings that the emulator would poll itself, and answer with a placeholder: they are of queues."""
    functions = aws.client("lambda")
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        if ":sqs:" in mapping["EventSourceArn"]:
            functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
