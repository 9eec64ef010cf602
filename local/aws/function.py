"""A deployed Lambda function: what an invoker in this process needs to know of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class DeployedFunction:
    """A function of the template, resolved by the deployment.

    Attributes:
        name: its physical name.
        arn: its ARN.
        handler: `package.module.function`.
        timeout_s: how long an invocation may take.
        memory_mb: its memory.
        environment: the variables of the template, and those of the runtime that SDKs and handlers read.
    """

    name: str
    arn: str
    handler: str
    timeout_s: int
    memory_mb: int
    environment: Mapping[str, str]

    @classmethod
    def from_configuration(cls, configuration: Mapping[str, Any], endpoint: Mapping[str, str]) -> Self:
        """Read Lambda's answer to GetFunctionConfiguration; `endpoint` is the environment that SDKs need."""
        name, memory = configuration["FunctionName"], configuration["MemorySize"]
        runtime = {"AWS_LAMBDA_FUNCTION_NAME": name, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory)}
        return cls(
            name=name,
            arn=configuration["FunctionArn"],
            handler=configuration["Handler"],
            timeout_s=configuration["Timeout"],
            memory_mb=memory,
            environment={**endpoint, **runtime, **configuration.get("Environment", {}).get("Variables", {})},
        )
