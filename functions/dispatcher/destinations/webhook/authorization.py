"""The Authorization header of a webhook: fixed, or a secret that may be rotated."""

import time
from collections.abc import Callable
from typing import Protocol

from comboio.aws.json_api import SECRETS_MANAGER, AwsError, JsonApi
from dispatcher.destinations.destination import Clients
from dispatcher.destinations.identity import is_header_value

KEPT_S = 300.0
"""Seconds that a secret is used before it is read again."""

AGAIN_S = 30.0
"""Seconds until it is read again after that failed: the one that is known serves meanwhile, unless it was refused."""

_READING_SHARE = 0.5
"""Of a call's time, where there is one that serves: a Secrets Manager that hangs leaves the call its time."""


class Authorization(Protocol):
    """Where the header comes from."""

    def header(self, timeout_s: float) -> str:
        """Return its value, empty for none, within `timeout_s`; raise AwsError where it cannot be read."""
        ...

    def refused(self) -> None:
        """Note that the receiver did not accept it: it may have been rotated."""
        ...


class Fixed:
    """Always the same one."""

    def __init__(self, value: str) -> None:
        self._value = value

    def header(self, timeout_s: float) -> str:  # noqa: ARG002 see Authorization
        """See Authorization."""
        return self._value

    def refused(self) -> None:
        """Do nothing: there is no other."""


class Secret:
    """A secret of Secrets Manager; threads may share it, and read it twice at worst.

    While Secrets Manager is away, the last one is used: its outage is none of the receiver's.
    """

    def __init__(self, secret_id: str, api: JsonApi, clock: Callable[[], float] = time.monotonic) -> None:
        self._secret_id = secret_id
        self._api = api
        self._clock = clock
        self._value = ""
        self._again_at = 0.0

    def header(self, timeout_s: float) -> str:
        """See Authorization."""
        known, now = self._value, self._clock()
        if known and now < self._again_at:
            return known
        try:
            value = self._read(timeout_s * _READING_SHARE if known else timeout_s)
        except AwsError as error:
            if not known or not error.transient:
                raise
            self._again_at = now + AGAIN_S
            return known
        self._value, self._again_at = value, self._clock() + KEPT_S
        return value

    def _read(self, timeout_s: float) -> str:
        answer = self._api.call("GetSecretValue", {"SecretId": self._secret_id}, tries=1, timeout_s=timeout_s)
        value = answer.get("SecretString")
        if not isinstance(value, str) or not is_header_value(value):
            raise AwsError("secretsmanager", "GetSecretValue", "Unusable", "not the text of a header", 400)
        return value

    def refused(self) -> None:
        """Have it read again for the next call, and used no more."""
        self._value = ""


def fixed(value: str) -> Fixed:
    """Return a header that is known from the start, or none.

    Raises:
        ValueError: it cannot be a header; it is not quoted.
    """
    if value and not is_header_value(value):
        raise ValueError("authorization: a header may have printable ASCII characters only")
    return Fixed(value)


def from_secret(secret_id: str, clients: Clients) -> Secret:
    """Return the secret of this name or ARN."""
    return Secret(secret_id, clients(SECRETS_MANAGER))
