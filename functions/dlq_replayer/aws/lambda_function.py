"""A Lambda function, as it is invoked.

Through the lean client: an invocation through boto3 costs 1 ms of CPU more, and boto3 0.4 s of import
(docs/adr/0020-replay.md).
"""

import json
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote

from comboio.aws.json_api import AwsError, JsonApi, Service
from comboio.errors import ServiceError


class InvocationError(ServiceError):
    """The function failed, or was not reached; `throttled` if it may simply be tried later."""

    def __init__(self, message: str, throttled: bool = False) -> None:
        super().__init__(message)
        self.throttled = throttled


class Function(Protocol):
    """Something that takes events."""

    def invoke(self, event: bytes) -> Mapping[str, Any]:
        """Its answer.

        Raises:
            InvocationError: it failed, or was not reached.
        """
        ...

    def start(self, event: bytes) -> None:
        """Lets it run by itself.

        Raises:
            InvocationError: it was not started.
        """
        ...


def service(function: str) -> Service:
    """Lambda's invoke call of one function, by name or ARN."""
    return Service("lambda", "", "", f"/2015-03-31/functions/{quote(function, safe='')}/invocations")


class LambdaFunction:
    """See Function."""

    def __init__(self, name: str, api: JsonApi) -> None:
        self._name = name
        self._api = api

    def invoke(self, event: bytes) -> Mapping[str, Any]:
        """See Function."""
        body = self._post("RequestResponse", event, 200)
        try:
            answer = json.loads(body)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise InvocationError(f"{self._name} did not answer with a JSON object")
        return answer

    def start(self, event: bytes) -> None:
        """See Function."""
        self._post("Event", event, 202)

    def _post(self, kind: str, event: bytes, success: int) -> bytes:
        headers = {"content-type": "application/json", "x-amz-invocation-type": kind}
        try:
            answer = self._api.post("Invoke", headers, event)
        except AwsError as error:
            raise InvocationError(f"{self._name}: {error}") from None
        if answer.status != success:
            code = str(answer.headers.get("x-amzn-errortype") or "").partition(":")[0]
            raise InvocationError(
                f"{self._name} was not invoked: {answer.status} {code}. Check its name, and whether the role may.",
                answer.status == 429,
            )
        if answer.headers.get("x-amz-function-error"):
            raise InvocationError(f"{self._name} failed while it ran; see its log")
        return answer.body
