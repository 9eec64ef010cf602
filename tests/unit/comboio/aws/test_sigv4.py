"""Signatures, against botocore's own signer."""

from datetime import datetime

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given
from hypothesis import strategies as st

from comboio.aws.sigv4 import Credentials, Signer

KEYS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")


def expected(
    service: str,
    region: str,
    host: str,
    headers: dict[str, str],
    body: bytes,
    keys: Credentials,
    amz_date: str,
    path: str = "/",
) -> str:
    """Return the signature as botocore computes it, step by step, at a time of our choosing."""
    auth = SigV4Auth(BotocoreCredentials(keys.access_key, keys.secret_key, keys.token or None), service, region)
    every = {**headers, "host": host, "x-amz-date": amz_date}
    if keys.token:
        every["x-amz-security-token"] = keys.token
    request = AWSRequest("POST", f"https://{host}{path}", every, body)
    request.context["timestamp"] = amz_date
    return str(auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request))


TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)


@given(
    st.sampled_from(["sqs", "dynamodb", "events", "states"]),
    st.sampled_from(["us-east-1", "sa-east-1", "cn-north-1"]),
    st.sampled_from(["sqs.us-east-1.amazonaws.com", "127.0.0.1:4566"]),
    st.dictionaries(st.sampled_from(["content-type", "x-amz-target", "x-other"]), TEXT),
    st.binary(max_size=200),
    st.builds(Credentials, TEXT, TEXT, st.just("") | TEXT),
    st.datetimes(min_value=datetime(2000, 1, 1)),  # noqa: DTZ001 - the strategy takes bounds without a zone
)
def test_the_signature_is_botocores(
    service: str, region: str, host: str, headers: dict[str, str], body: bytes, keys: Credentials, when: datetime
) -> None:
    """For any service, region, headers, body, keys and time the signature is the one that botocore computes."""
    amz_date = f"{when:%Y%m%dT%H%M%SZ}"
    signed = Signer(service, region).headers(host, headers, body, keys, amz_date)
    signature = expected(service, region, host, headers, body, keys, amz_date)
    assert signed["authorization"].endswith(f", Signature={signature}")
    names = ";".join(sorted(name for name in signed if name != "authorization"))
    scope = f"{keys.access_key}/{amz_date[:8]}/{region}/{service}/aws4_request"
    assert signed["authorization"].startswith(f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, ")
    assert {name: signed[name] for name in headers} == headers


def test_the_kept_key_follows_day_and_secret() -> None:
    """One signer goes on signing rightly when the day turns and when the keys are renewed."""
    signer = Signer("sqs", "us-east-1")
    renewed = Credentials("AKIDEXAMPLE", "another", "token")
    for keys, amz_date in [
        (KEYS, "20261122T235959Z"),
        (KEYS, "20261123T000000Z"),
        (renewed, "20261123T000000Z"),
        (KEYS, "20261122T235959Z"),
    ]:
        signed = signer.headers("h", {}, b"{}", keys, amz_date)
        assert signed["authorization"].endswith(expected("sqs", "us-east-1", "h", {}, b"{}", keys, amz_date))


def test_signing_leaves_the_headers_alone() -> None:
    """The caller's headers are not changed, and long-term keys send no token."""
    headers = {"content-type": "application/x-amz-json-1.0"}
    signed = Signer("sqs", "us-east-1").headers("h", headers, b"", KEYS, "20261122T150405Z")
    assert headers == {"content-type": "application/x-amz-json-1.0"}
    assert "x-amz-security-token" not in signed


@pytest.mark.parametrize("path", ["/a/b", "/functions/arn%3Aaws%3Alambda%3A%24LATEST/invocations", "/a~b/c%20d"])
def test_a_path_is_signed_as_botocore_signs_it(path: str) -> None:
    """The path counts, encoded once more than it is in the request."""
    amz_date = "20261122T150405Z"
    signed = Signer("lambda", "us-east-1", path).headers("h", {}, b"{}", KEYS, amz_date)
    signature = expected("lambda", "us-east-1", "h", {}, b"{}", KEYS, amz_date, path)
    assert signed["authorization"].endswith(f"Signature={signature}")
