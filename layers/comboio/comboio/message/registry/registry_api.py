"""Questions to a Confluent-compatible registry over HTTP: JSON there and back, each within its time."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

from comboio.aws.http import Answer, KeptConnections, UnreachableError
from comboio.message.registry.registry import RegistryUnavailableError

_ACCEPT = "application/vnd.schemaregistry.v1+json, application/json"


class RegistryStatusError(RegistryUnavailableError):
    """The registry answered with a status that is neither a success nor "not found"."""

    def __init__(self, status: int) -> None:
        """Say which status it was."""
        super().__init__(f"The schema registry answered with status {status}. Check its address and its credentials.")
        self.status = status


class RegistryApi:
    """One registry; `auth` is `user:password`, or empty. No redirect is followed."""

    def __init__(self, url: str, auth: str = "", clock: Callable[[], float] = time.monotonic) -> None:
        """Note where it is."""
        self._url = url.rstrip("/")
        self._http = KeptConnections(url)
        self._clock = clock
        self._headers = {"accept": _ACCEPT}
        if auth:
            self._headers["authorization"] = f"Basic {base64.b64encode(auth.encode()).decode()}"

    def get(self, path: str, until: float) -> Any:
        """Return what the registry has at a place; None if it has nothing there.

        Raises:
            RegistryUnavailableError: it did not answer by `until`, or not as a registry does.
        """
        return _found(lambda: self._http.get(path, self._headers, until - self._clock()))

    def post(self, path: str, question: object, until: float) -> Any:
        """Return the answer to a question; None if there is none. Raises as `get`."""
        http = KeptConnections(f"{self._url}{path}")  # an endpoint of its own: few are asked, and each of them once
        headers = {**self._headers, "content-type": "application/vnd.schemaregistry.v1+json"}
        try:
            return _found(lambda: http.post(headers, json.dumps(question).encode(), until - self._clock()))
        finally:
            http.close()


def _found(ask: Callable[[], Answer]) -> Any:
    try:
        answer = ask()
    except (UnreachableError, ValueError) as error:
        raise RegistryUnavailableError(
            f"The schema registry did not answer ({type(error.__cause__ or error).__name__}). Check its address, and "
            "whether it can be reached from here."
        ) from None
    if answer.status == 404:
        return None
    if answer.status != 200:
        raise RegistryStatusError(answer.status)
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        raise RegistryUnavailableError("The schema registry did not answer in JSON. Check its address.") from None
