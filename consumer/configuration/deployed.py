"""The mapping of a deployed stack, as Lambda and CloudFormation tell of it."""

import re
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from comboio.errors import ConfigurationError
from consumer.configuration.declared import RESOURCE, MappingConfiguration

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

STACK = "AWS::CloudFormation::Stack"

_FUNCTION_PROPERTIES = ("Timeout", "MemorySize")
"""What a deployed function tells of itself; its handler stays where it is."""


class DeployedMappingError(ConfigurationError):
    """AWS does not tell of the mapping."""


def stack_mappings(cloudformation: Any, stack: str) -> dict[str, str]:
    """Return the UUIDs of a stack's mappings, and of its nested stacks', by the names that the templates give them.

    Raises:
        DeployedMappingError: the stack does not exist, or CloudFormation does not answer.
    """
    try:
        return dict(_resources(cloudformation, stack, ""))
    except (BotoCoreError, ClientError) as error:
        raise DeployedMappingError(
            f"CloudFormation does not describe the stack {stack}: {error} Check CONSUMER_STACK, the region and the "
            "credentials."
        ) from error


def _resources(cloudformation: Any, stack: str, prefix: str) -> Iterator[tuple[str, str]]:
    for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack):
        for each in page["StackResourceSummaries"]:
            name, physical = f"{prefix}{each['LogicalResourceId']}", each.get("PhysicalResourceId", "")
            if each["ResourceType"] == RESOURCE and physical:
                yield name, physical
            elif each["ResourceType"] == STACK and physical:
                yield from _resources(cloudformation, physical, f"{name}/")


def deployed_mapping(lambda_client: Any, uuid: str) -> MappingConfiguration:
    """Return a mapping as it is deployed, and the timeout and memory of its function.

    Raises:
        DeployedMappingError: there is no such mapping, or Lambda does not answer.
    """
    try:
        found = lambda_client.get_event_source_mapping(UUID=uuid)
        function = {}
        if "FunctionArn" in found:
            configuration = lambda_client.get_function_configuration(FunctionName=found["FunctionArn"])
            function = {name: configuration[name] for name in _FUNCTION_PROPERTIES if name in configuration}
    except (BotoCoreError, ClientError) as error:
        raise DeployedMappingError(
            f"Lambda does not describe the mapping {uuid}: {error} Check CONSUMER_MAPPING, the region and the "
            "credentials."
        ) from error
    return MappingConfiguration(uuid, {name: value for name, value in found.items() if value is not None}, function)
