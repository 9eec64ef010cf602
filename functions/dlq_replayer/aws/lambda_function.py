"""The functions that the replayer invokes: the dispatcher, and itself."""

import json
from collections.abc import Mapping
from typing import Any, Protocol

from comboio.aws.json_api import AwsError
from comboio.aws.lambda_function import FUNCTION_FAILED, FunctionClient
from comboio.errors import ServiceError


class InvocationError(ServiceError):
    """A function was not invoked, or failed; `throttled` if the same invocation may simply be tried later."""

    def __init__(self, message: str, *, throttled: bool = False) -> None:
        super().__init__(message)
        self.throttled = throttled


class RemoteFunction(Protocol):
    """A function that takes events."""

    def invoke(self, event: bytes) -> Mapping[str, Any]:
        """Invoke the function and return its answer.

        Raises:
            InvocationError: it was not invoked, or it failed.
        """
        ...

    def start(self, event: bytes) -> None:
        """Have the function invoked later, and do not wait for it.

        Raises:
            InvocationError: the event was not taken.
        """
        ...


class NamedFunction:
    """A function of AWS Lambda, by name or ARN; see RemoteFunction."""

    def __init__(self, name: str, client: FunctionClient) -> None:
        self._name = name
        self._client = client

    def invoke(self, event: bytes) -> Mapping[str, Any]:
        """See RemoteFunction."""
        try:
            answer = json.loads(self._client.invoke(event))
        except AwsError as error:
            raise self._explain(error) from None
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise InvocationError(f"{self._name} did not answer with a JSON object. Check which function it is.")
        return answer

    def start(self, event: bytes) -> None:
        """See RemoteFunction."""
        try:
            self._client.start(event)
        except AwsError as error:
            raise self._explain(error) from None

    def _explain(self, error: AwsError) -> InvocationError:
        if error.code == FUNCTION_FAILED:
            return InvocationError(f"{self._name} failed while it ran. See its log, then try again.")
        return InvocationError(
            f"{self._name} was not invoked: {error}. Check its name, and the role's permission to invoke it.",
            throttled=error.throttled,
        )
