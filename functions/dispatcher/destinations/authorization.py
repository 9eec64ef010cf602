"""The Authorization header of a webhook: fixed, or a secret that may be rotated."""

import time
from collections.abc import Callable
from typing import Protocol

from comboio.aws.json_api import SECRETS_MANAGER, AwsError, JsonApi
from dispatcher.destinations.destination import Clients
from dispatcher.destinations.identity import is_header_value

KEPT_S = 300.0
"""How long a secret is used before it is read again."""


class Authorization(Protocol):
    """Where the header comes from."""

    def header(self) -> str:
        """Its value, empty for none; raises AwsError if it cannot be had."""
        ...

    def refused(self) -> None:
        """The receiver did not take it: it may have been rotated."""
        ...


class Fixed:
    """The same one always."""

    def __init__(self, value: str) -> None:
        self._value = value

    def header(self) -> str:
        """See Authorization."""
        return self._value

    def refused(self) -> None:
        """Nothing can be done."""


class Secret:
    """A secret of Secrets Manager; threads may share it, and read it twice at worst."""

    def __init__(self, secret_id: str, api: JsonApi, clock: Callable[[], float] = time.monotonic) -> None:
        self._secret_id = secret_id
        self._api = api
        self._clock = clock
        self._value = ""
        self._read_at = float("-inf")

    def header(self) -> str:
        """See Authorization."""
        if self._clock() - self._read_at >= KEPT_S:
            answer = self._api.call("GetSecretValue", {"SecretId": self._secret_id}, tries=1)
            value = answer.get("SecretString")
            if not isinstance(value, str) or not is_header_value(value):
                raise AwsError("secretsmanager", "GetSecretValue", "Unusable", "not the text of a header", 400)
            self._value, self._read_at = value, self._clock()
        return self._value

    def refused(self) -> None:
        """It is read again for the next call."""
        self._read_at = float("-inf")


def fixed(value: str) -> Fixed:
    """A header that is known from the start, or none.

    Raises:
        ValueError: it cannot be a header; it is not quoted.
    """
    if value and not is_header_value(value):
        raise ValueError("authorization: a header has printable ASCII characters only")
    return Fixed(value)


def from_secret(secret_id: str, clients: Clients) -> Secret:
    """The secret of this name or ARN."""
    return Secret(secret_id, clients(SECRETS_MANAGER))
