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


class Signer:
    """Signs for one service in one region; the key derived for a day is kept until the day or secret changes.

    `path` is that of the POST, as it stands in the request; it is encoded once more, as all services but S3 do.
    """

    def __init__(self, service: str, region: str, path: str = "/") -> None:
        self._service = service
        self._region = region
        self._path = quote(path, safe="/~")
        self._derived: tuple[tuple[str, str], bytes] = (("", ""), b"")

    def headers(
        self, host: str, headers: dict[str, str], body: bytes, credentials: Credentials, amz_date: str
    ) -> dict[str, str]:
        """Return `headers` (lower-case names) with those of the signature; `amz_date` is UTC as 20261122T150405Z."""
        signed = {**headers, "host": host, "x-amz-date": amz_date}
        if credentials.token:
            signed["x-amz-security-token"] = credentials.token
        names = sorted(signed)
        listed = ";".join(names)
        lines = "".join(f"{name}:{signed[name]}\n" for name in names)
        canonical = f"POST\n{self._path}\n\n{lines}\n{listed}\n{sha256(body).hexdigest()}"
        day = amz_date[:8]
        scope = f"{day}/{self._region}/{self._service}/aws4_request"
        to_sign = f"AWS4-HMAC-SHA256\n{amz_date}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
        signature = hmac.digest(self._key(day, credentials.secret_key), to_sign.encode(), "sha256").hex()
        signed["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope}, "
            f"SignedHeaders={listed}, Signature={signature}"
        )
        return signed

    def _key(self, day: str, secret: str) -> bytes:
        wanted, key = self._derived
        if wanted != (day, secret):
            key = f"AWS4{secret}".encode()
            for part in (day, self._region, self._service, "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            self._derived = ((day, secret), key)
        return key
