"""Tokens for MSK: the expiry in seconds, signed anew only when needed."""

from base64 import urlsafe_b64decode

import pytest

from producer.kafka.msk_iam import MskToken, msk_token


class _Signer:
    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> tuple[str, int]:
        self.calls += 1
        return f"token-{self.calls}", 1_000_900_500


def test_the_expiry_is_in_seconds() -> None:
    """The signer says milliseconds, the Kafka client wants seconds."""
    assert MskToken(_Signer(), lambda: 1_000_000.0)("") == ("token-1", 1_000_900.5)


def test_a_token_is_kept_while_it_is_good() -> None:
    """Until five minutes before its end; then there is a new one."""
    now = 1_000_000.0
    signer = _Signer()
    token = MskToken(signer, lambda: now)
    assert {token("")[0] for _ in range(5)} == {"token-1"}
    now = 1_000_600.0
    assert token("")[0] == "token-1"
    now = 1_000_601.0
    assert token("")[0] == "token-2"
    assert signer.calls == 2


def test_the_real_signer_makes_a_signed_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """With credentials from the environment, without a network: a presigned Connect for the region."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    token, expires_s = MskToken.__call__(msk_token("sa-east-1"), "")
    url = urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    assert url.startswith("https://kafka.sa-east-1.amazonaws.com/?Action=kafka-cluster%3AConnect")
    assert "X-Amz-Credential=AKIDEXAMPLE" in url
    assert 1_600_000_000 < expires_s < 10_000_000_000
