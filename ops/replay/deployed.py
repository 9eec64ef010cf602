"""The replayer of a stack on AWS, through boto3."""

import json
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from comboio.errors import ComboioError

LONGEST_S = 900
"""The longest timeout of a function (Lambda quotas)."""


class StackError(ComboioError):
    """A stack on AWS cannot be asked; the message says what to check."""


class DeployedReplayer:
    """The function `DlqReplayerFunction` of a CloudFormation stack."""

    def __init__(self, stack: str) -> None:
        """Find the function.

        Raises:
            StackError: no credentials, or no such stack.
        """
        try:
            found = boto3.client("cloudformation").describe_stack_resource(
                StackName=stack, LogicalResourceId="DlqReplayerFunction"
            )
            self._name = found["StackResourceDetail"]["PhysicalResourceId"]
            waits = Config(read_timeout=LONGEST_S, retries={"total_max_attempts": 1})
            self._lambda = boto3.client("lambda", config=waits)
        except (BotoCoreError, ClientError) as error:
            raise StackError(
                f"The replayer of the stack {stack} was not found: {error} Check STACK, AWS_PROFILE and AWS_REGION."
            ) from None

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer to a request.

        Raises:
            StackError: it was not invoked, or failed.
        """
        try:
            response = self._lambda.invoke(FunctionName=self._name, Payload=json.dumps(request).encode())
            answer: dict[str, Any] = json.loads(response["Payload"].read())
        except (BotoCoreError, ClientError) as error:
            raise StackError(f"{self._name} was not invoked: {error} Check your permission to invoke it.") from None
        if response.get("FunctionError"):
            raise StackError(
                f"{self._name} failed: {answer.get('errorMessage')}. No letter is lost. See its log, then try again."
            )
        return answer
