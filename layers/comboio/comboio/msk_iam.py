"""Tokens for Amazon MSK's IAM authentication, from the credentials of this host."""

import time
from collections.abc import Callable
from threading import Lock

_REFRESH_BEFORE_S = 300
"""A token with less time left is replaced. They are valid for 900 s, and the client asks after four fifths of it."""

Signer = Callable[[], tuple[str, int]]
"""Makes a token; the second value is its expiry in ms since 1970."""


class MskToken:
    """The client's token callback. Clients of one process share a token as long as it is good."""

    def __init__(self, sign: Signer, wall_s: Callable[[], float] = time.time) -> None:
        self._sign = sign
        self._wall_s = wall_s
        self._lock = Lock()
        self._token = ""
        self._expires_s = 0.0

    def __call__(self, config: str) -> tuple[str, float]:
        """`(token, expiry in seconds since 1970)`, as the Kafka client wants it; `config` is not needed.

        Raises:
            Exception: no credentials; the client logs it and asks again.
        """
        del config
        with self._lock:
            if self._expires_s - self._wall_s() < _REFRESH_BEFORE_S:
                self._token, expires_ms = self._sign()
                self._expires_s = expires_ms / 1000
            return self._token, self._expires_s


def msk_token(region: str) -> MskToken:
    """The callback for a cluster in `region`, with this host's credentials, which are looked up once and refresh."""
    # Only here: importing boto3 takes 0.3 s, which nobody else should pay.
    from aws_msk_iam_sasl_signer import MSKAuthTokenProvider  # type: ignore[import-untyped] # the package has no types
    from botocore.credentials import CredentialProvider, Credentials
    from botocore.session import Session

    session = Session()

    class Cached(CredentialProvider):
        """The session's credentials: it keeps them, and refreshes those of a role in time."""

        METHOD = "cached"

        def load(self) -> Credentials | None:
            return session.get_credentials()

    def sign() -> tuple[str, int]:
        token, expires_ms = MSKAuthTokenProvider.generate_auth_token_from_credentials_provider(region, Cached())
        return token, int(expires_ms)

    return MskToken(sign)
