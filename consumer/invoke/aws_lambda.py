"""Invokes a function at a Lambda endpoint, through boto3: AWS, or whatever AWS_ENDPOINT_URL names."""

import json
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from consumer.event import ConsumedRecord, EventSource, serialise
from consumer.event_json import event_json
from consumer.invoke.invoke import InvocationError, UnknownFunctionError

NETWORK_S = 5
"""Seconds that the network may add to the function's own timeout."""


def lambda_client(timeout_s: float, connections: int) -> Any:
    """Return a client that waits as long as the function may run, and leaves retries to the mapping.

    `connections` is how many invocations may be under way.
    """
    import boto3  # half of the time that a start takes, and most consumers need no client
    from botocore.config import Config

    return boto3.client(
        "lambda",
        config=Config(
            connect_timeout=5,
            read_timeout=timeout_s + NETWORK_S,
            retries={"total_max_attempts": 1},
            max_pool_connections=connections,
        ),
    )


class Endpoint:
    """Synchronous invocations of one function by name or ARN."""

    def __init__(self, client: Any, function: str) -> None:
        self._client = client
        self._function = function

    @property
    def function_arn(self) -> str:
        """As configured: the ARN, or only the name if only that was given."""
        return self._function

    def check(self) -> None:
        """Ask whether the function exists; an endpoint that refuses to answer gets the benefit of the doubt.

        Raises:
            UnknownFunctionError: it does not exist, or the endpoint does not answer.
        """
        try:
            self._client.get_function_configuration(FunctionName=self._function)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "ResourceNotFoundException":
                raise UnknownFunctionError(
                    f"CONSUMER_FUNCTION is {self._function!r}: no such function at {self._client.meta.endpoint_url}. "
                    "Check the name, the region and AWS_ENDPOINT_URL; a handler in this process is "
                    "written package.module:callable."
                ) from error
        except BotoCoreError as error:
            raise UnknownFunctionError(
                f"CONSUMER_FUNCTION is {self._function!r}: Lambda does not answer whether it exists: {error} "
                "Check the credentials, the region and AWS_ENDPOINT_URL."
            ) from error

    def deliver(self, batch: Sequence[ConsumedRecord], source: EventSource, request_id: str) -> Any:
        """See Invoker."""
        return self.invoke(event_json(batch, source), request_id)

    def invoke(self, payload: bytes, request_id: str) -> Any:
        """Return the function's answer to an event as JSON.

        Its request id is the endpoint's own; the mapping's, which its journal and log name, is
        `client_context.custom["mapping_request_id"]`.

        Raises:
            InvocationError: the function failed, or was not reached.
        """
        try:
            response = self._client.invoke(
                FunctionName=self._function,
                Payload=payload,
                ClientContext=b64encode(serialise({"custom": {"mapping_request_id": request_id}})).decode(),
            )
            answer = response["Payload"].read()
        except ClientError as error:
            raise InvocationError(f"{error}", reached=False) from error
        except BotoCoreError as error:
            ran = isinstance(error, ReadTimeoutError)
            raise InvocationError(f"{type(error).__name__}: {error}", reached=ran) from error
        if response.get("FunctionError"):
            kind = _error_type(answer)
            raise InvocationError(f"the function ended with {response['FunctionError']} {kind}".rstrip())
        if not answer:
            return None
        try:
            return json.loads(answer)
        except (ValueError, RecursionError) as error:
            raise InvocationError("the function's answer is not JSON") from error


def _error_type(answer: bytes) -> str:
    try:
        return str(json.loads(answer).get("errorType", ""))
    except (ValueError, AttributeError, RecursionError):
        return ""
