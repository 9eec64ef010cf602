"""The replayer of a stack on AWS, through boto3."""

import json
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.errors import LocalError

LONGEST_S = 900


class Deployed:
    """The function `DlqReplayerFunction` of a CloudFormation stack."""

    def __init__(self, stack: str) -> None:
        """
        Raises:
            LocalError: no credentials, or no such stack.
        """
        try:
            found = boto3.client("cloudformation").describe_stack_resource(
                StackName=stack, LogicalResourceId="DlqReplayerFunction"
            )
            self._name = found["StackResourceDetail"]["PhysicalResourceId"]
            waits = Config(read_timeout=LONGEST_S, retries={"total_max_attempts": 1})
            self._lambda = boto3.client("lambda", config=waits)
        except (BotoCoreError, ClientError) as error:
            raise LocalError(
                f"The replayer of the stack {stack} cannot be found: {error} Check STACK, AWS_PROFILE and AWS_REGION."
            ) from None

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a request.

        Raises:
            LocalError: it was not invoked, or failed.
        """
        try:
            response = self._lambda.invoke(FunctionName=self._name, Payload=json.dumps(request).encode())
            answer: dict[str, Any] = json.loads(response["Payload"].read())
        except (BotoCoreError, ClientError) as error:
            raise LocalError(f"{self._name} was not invoked: {error}") from None
        if response.get("FunctionError"):
            raise LocalError(
                f"{self._name} failed: {answer.get('errorMessage')}. See its log. Nothing is lost: try again."
            )
        return answer
