"""AWS Signature Version 4 for a POST.

Source: AWS General Reference, "Create a signed AWS API request". Tested against botocore's own signer.
"""

import hmac
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import quote


class Credentials(NamedTuple):
    """What requests are signed with; `token` is empty for long-term keys."""

    access_key: str
    secret_key: str
    token: str = ""


Asked = tuple[str, tuple[tuple[str, str], ...], Credentials, str]
"""What a signature depends on, but for the body: host, headers, credentials and time."""


class Prepared(NamedTuple):
    """What signatures of one second, action and key have in common: all but what depends on the body."""

    asked: Asked
    headers: dict[str, str]
    """All that are signed."""
    canonical: str
    """The request in its canonical form, up to the hash of its body."""
    to_sign: str
    """What is signed, up to the hash of that."""
    key: bytes
    authorization: str
    """The header's text up to the signature."""


class Signer:
    """Signs for one service in one region. What was prepared for a signature is kept for the next one.

    `path` is that of the POST, as it stands in the request; it is encoded once more, as all services but S3 do.
    """

    def __init__(self, service: str, region: str, path: str = "/") -> None:
        self._service = service
        self._region = region
        self._path = quote(path, safe="/~")
        self._prepared: Prepared | None = None
        self._derived: tuple[tuple[str, str], bytes] = (("", ""), b"")

    def headers(
        self, host: str, headers: dict[str, str], body: bytes, credentials: Credentials, amz_date: str
    ) -> dict[str, str]:
        """Return `headers` (lower-case names) with those of the signature; `amz_date` is UTC as 20261122T150405Z."""
        asked = host, tuple(headers.items()), credentials, amz_date
        prepared = self._prepared
        if prepared is None or prepared.asked != asked:
            prepared = self._prepared = self._prepare(asked)
        canonical = f"{prepared.canonical}{sha256(body).hexdigest()}"
        to_sign = f"{prepared.to_sign}{sha256(canonical.encode()).hexdigest()}"
        signature = hmac.digest(prepared.key, to_sign.encode(), "sha256").hex()
        return {**prepared.headers, "authorization": f"{prepared.authorization}{signature}"}

    def _prepare(self, asked: Asked) -> Prepared:
        host, headers, credentials, amz_date = asked
        signed = {**dict(headers), "host": host, "x-amz-date": amz_date}
        if credentials.token:
            signed["x-amz-security-token"] = credentials.token
        names = sorted(signed)
        listed = ";".join(names)
        lines = "".join(f"{name}:{signed[name]}\n" for name in names)
        day = amz_date[:8]
        scope = f"{day}/{self._region}/{self._service}/aws4_request"
        return Prepared(
            asked,
            signed,
            f"POST\n{self._path}\n\n{lines}\n{listed}\n",
            f"AWS4-HMAC-SHA256\n{amz_date}\n{scope}\n",
            self._key(day, credentials.secret_key),
            f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope}, SignedHeaders={listed}, Signature=",
        )

    def _key(self, day: str, secret: str) -> bytes:
        wanted, key = self._derived
        if wanted != (day, secret):
            key = f"AWS4{secret}".encode()
            for part in (day, self._region, self._service, "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            self._derived = ((day, secret), key)
        return key
