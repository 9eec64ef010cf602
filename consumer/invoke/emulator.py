"""Invokes a function at Lambda's Runtime Interface Emulator, which every image of Lambda's runtimes has.

It answers like Lambda's Invoke, but with neither an error header nor a status for a function that fails: that is read
from the answer. One emulator takes one event at a time, and stops its function at the timeout.
"""

import json
import re
from base64 import b64encode
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException
from queue import SimpleQueue
from typing import Any
from urllib.parse import urlsplit

from consumer.event import ConsumedRecord, EventSource, serialise
from consumer.event_json import event_json
from consumer.invoke.invoke import DESCRIPTION_CHARACTERS, InvocationError, UnknownFunctionError

PATH = "/2015-03-31/functions/function/invocations"

_URLS = re.compile(r"http://[\w.-]+:\d{1,5}/?(,http://[\w.-]+:\d{1,5}/?)*")
"""One emulator or several, separated by commas. A Lambda function's name or ARN has no such shape."""

NETWORK_S = 5
"""Seconds that the emulator may take beside the function: it starts one anew that has ended."""

_TIMED_OUT = b"Task timed out"
"""How the emulator's text begins, under status 200, once it has stopped a function at its timeout."""


def names_emulator(function: str) -> bool:
    """Return whether this is the URL of an emulator, or several."""
    return _URLS.fullmatch(function) is not None


class Emulator:
    """One function in as many emulators as may be invoked at a time."""

    def __init__(self, urls: str, timeout_s: float) -> None:
        self._free: SimpleQueue[str] = SimpleQueue()
        self._places = [urlsplit(url).netloc for url in urls.split(",")]
        for place in self._places:
            self._free.put(place)
        self._timeout_s = timeout_s

    @property
    def function_arn(self) -> str:
        """The ARN that the emulator gives every function."""
        return "arn:aws:lambda:us-east-1:012345678912:function:function"

    def check(self) -> None:
        """Connect to each emulator once.

        Raises:
            UnknownFunctionError: one does not answer.
        """
        for place in self._places:
            try:
                connection = HTTPConnection(place, timeout=NETWORK_S)
                connection.connect()
                connection.close()
            except OSError as error:
                raise UnknownFunctionError(
                    f"CONSUMER_FUNCTION names http://{place}, and nothing answers there: {error}. "
                    "Start the function's Runtime Interface Emulator first."
                ) from error

    def deliver(self, batch: Sequence[ConsumedRecord], source: EventSource, request_id: str) -> Any:
        """See Invoker."""
        return self.invoke(event_json(batch, source), request_id)

    def invoke(self, payload: bytes, request_id: str) -> Any:
        """Return the function's answer to an event as JSON. Its request id is the emulator's, as at an endpoint.

        Raises:
            InvocationError: the function failed, was stopped at its timeout, or was not reached.
        """
        place = self._free.get()
        try:
            status, answer = self._post(place, payload, request_id)
        finally:
            self._free.put(place)
        if answer.startswith(_TIMED_OUT):
            raise InvocationError(f"the function was stopped: {answer[:100].decode(errors='replace')}")
        try:
            found = json.loads(answer) if answer else None
        except (ValueError, RecursionError) as error:
            raise InvocationError(f"the function's answer (status {status}) is not JSON") from error
        if status != 200 or _is_error(found):
            raise InvocationError(_description(status, found))
        return found

    def _post(self, place: str, payload: bytes, request_id: str) -> tuple[int, bytes]:
        context = b64encode(serialise({"custom": {"mapping_request_id": request_id}})).decode()
        connection = HTTPConnection(place, timeout=self._timeout_s + NETWORK_S)
        try:
            connection.connect()
        except OSError as error:
            raise InvocationError(f"the emulator at {place} does not answer: {error}", reached=False) from error
        try:
            connection.request("POST", PATH, payload, {"X-Amz-Client-Context": context})
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, HTTPException) as error:
            raise InvocationError(f"the emulator at {place}: {type(error).__name__}: {error}") from error
        finally:
            connection.close()


def _description(status: int, found: Any) -> str:
    if not isinstance(found, dict) or "errorType" not in found:
        return f"the function ended with status {status}"
    text = f"the function ended with {found['errorType']}: {found.get('errorMessage', '')}"[:DESCRIPTION_CHARACTERS]
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _is_error(answer: Any) -> bool:
    """Return whether this is what a runtime says of an exception: a function that answers so is taken for failed."""
    return isinstance(answer, dict) and {"errorMessage", "errorType"} <= answer.keys()
