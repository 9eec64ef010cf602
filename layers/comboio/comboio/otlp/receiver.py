"""The way to the receiver of spans: its address, its headers and, where it is AWS's own, the signature."""

import re
import time
from collections.abc import Callable, Mapping
from urllib.parse import unquote, urlsplit

from comboio.aws.connection import trust_in
from comboio.aws.credentials import CredentialSource
from comboio.aws.http import Answer, Http, KeptConnections
from comboio.aws.sigv4 import Signer
from comboio.otlp.exporter import Post
from comboio.otlp.settings import OtlpSettings

_CLOUDWATCH = re.compile(r"xray\.([a-z0-9-]+)\.amazonaws\.(com|com\.cn|eu)")
"""Host of CloudWatch's endpoint for traces, which wants requests signed for X-Ray (CloudWatch, "OTLP Endpoints")."""


def receiver(
    settings: OtlpSettings,
    environ: Mapping[str, str],
    credentials: Callable[[Mapping[str, str]], CredentialSource],
    http: Callable[[str], Http] | None = None,
) -> Post:
    """Return what posts to the receiver that the options name.

    Raises:
        ValueError: the URL is none.
        NoCredentialsError: requests are to be signed, and there are no keys.
        CertificateFileError: `AWS_CA_BUNDLE` names a file without certificates.
    """
    url = settings.traces_url
    parts = urlsplit(url)
    trust = trust_in(bundle) if (bundle := environ.get("AWS_CA_BUNDLE")) else None
    connections = http(url) if http else KeptConnections(url, settings.timeout_ms / 1000, trust)
    given = {name.lower(): value for name, value in pairs(settings.headers.get_secret_value()).items()}
    headers = {"content-type": "application/json", "user-agent": "OTel-OTLP-Exporter-Comboio", **given}
    found = _CLOUDWATCH.fullmatch(parts.hostname or "")
    if found is None:

        def post(body: bytes, within_s: float) -> Answer:
            return connections.post(dict(headers), body, within_s)

        return post
    signer, keys = Signer("xray", found[1], parts.path), credentials(environ)

    def post_signed(body: bytes, within_s: float) -> Answer:
        amz_date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        return connections.post(signer.headers(connections.host, headers, body, keys(), amz_date), body, within_s)

    return post_signed


def pairs(text: str) -> dict[str, str]:
    """Return `a=1,b=2%2C3` as a mapping (W3C Baggage, as OpenTelemetry's variables are); leave what is no pair."""
    found = {}
    for part in text.split(","):
        name, sign, value = part.partition("=")
        if sign and name.strip():
            found[unquote(name.strip())] = unquote(value.strip())
    return found
