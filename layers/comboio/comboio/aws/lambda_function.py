"""AWS Lambda's Invoke through the lean client, for one function.

boto3 would cost 1 ms of CPU more for each invocation, and 0.4 s of import (docs/adr/0020-replay.md).
"""

import json
from urllib.parse import quote

from comboio.aws.json_api import AwsError, JsonApi, Service

FUNCTION_FAILED = "FunctionFailed"
"""The code of the error of a function that was invoked, and raised or ran out of time."""


def invoke_service(function: str) -> Service:
    """Return Lambda's Invoke of one function, named by its name or ARN, with `:alias` behind it if wanted."""
    return Service("lambda", "", "", f"/2015-03-31/functions/{quote(function, safe='')}/invocations")


class FunctionClient:
    """One function, or a version or alias of it. `api` is of its `invoke_service`."""

    def __init__(self, api: JsonApi) -> None:
        self._api = api

    def invoke(self, event: bytes) -> bytes:
        """Invoke the function, wait for its end, and return its answer.

        Raises:
            AwsError: it was not invoked, it failed, or no answer came.
        """
        return self._post("RequestResponse", event, 200)

    def start(self, event: bytes, timeout_s: float | None = None) -> None:
        """Have Lambda queue the event, and invoke the function later; wait `timeout_s` at most.

        Raises:
            AwsError: Lambda did not take the event.
        """
        self._post("Event", event, 202, timeout_s)

    def _post(self, kind: str, event: bytes, success: int, timeout_s: float | None = None) -> bytes:
        headers = {"content-type": "application/json", "x-amz-invocation-type": kind}
        answer = self._api.post("Invoke", headers, event, timeout_s=timeout_s)
        if answer.status != success:
            code = str(answer.headers.get("x-amzn-errortype") or answer.status).partition(":")[0]
            raise AwsError("lambda", "Invoke", code, _message(answer.body), answer.status)
        if answer.headers.get("x-amz-function-error"):
            raise AwsError("lambda", "Invoke", FUNCTION_FAILED, "it failed while it ran; see its log", answer.status)
        return answer.body


def _message(body: bytes) -> str:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return "the answer is not JSON"
    return str(fields.get("message") or fields.get("Message") or "") if isinstance(fields, dict) else ""
