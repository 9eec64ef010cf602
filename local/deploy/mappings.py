"""The deployed mappings of topics, for each of which a consumer stands in: the emulator polls no Kafka."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from local.aws.deployment import Deployment

NESTED = "AWS::CloudFormation::Stack"
"""The type of a mapping in template.yaml: a stack of mapping.yaml."""


@dataclass(frozen=True, slots=True)
class TopicMapping:
    """A mapping by its name in template.yaml, with what the emulator does not keep of it."""

    name: str
    topic: str
    group: str

    @classmethod
    def from_parameters(cls, name: str, parameters: Mapping[str, str]) -> Self:
        """Read the parameters of a stack of mapping.yaml."""
        topic = parameters["Topic"]
        return cls(name, topic, f"{parameters['ConsumerGroup']}-{topic}")

    def options(self, stack: str) -> dict[str, str]:
        """Return the options of its consumer, which reads the others from the deployed mapping itself."""
        return {
            "CONSUMER_STACK": stack,
            "CONSUMER_MAPPING": self.name,
            "CONSUMER_TOPICS": self.topic,
            "CONSUMER_GROUP_ID": self.group,
        }


def topic_mappings(deployment: Deployment, stack: str) -> list[TopicMapping]:
    """Return the mappings of a stack."""
    cloudformation = deployment.aws.client("cloudformation")
    found = []
    for resource in cloudformation.describe_stack_resources(StackName=stack)["StackResources"]:
        if resource["ResourceType"] == NESTED:
            (nested,) = cloudformation.describe_stacks(StackName=resource["PhysicalResourceId"])["Stacks"]
            given = {each["ParameterKey"]: each["ParameterValue"] for each in nested["Parameters"]}
            found.append(TopicMapping.from_parameters(resource["LogicalResourceId"], given))
    return found
