"""The MSK IAM callback gives the Kafka client valid tokens, and signs a new one only when it must."""

from base64 import urlsafe_b64decode
from threading import Barrier, Thread

import pytest

from comboio.msk_iam import MskToken, msk_token

EXPIRES_S = 1_000_900.5


class _Signer:
    def __init__(self) -> None:
        self.calls = 0
        self.fails = False

    def __call__(self) -> tuple[str, int]:
        self.calls += 1
        if self.fails:
            raise RuntimeError("no credentials")
        return f"token-{self.calls}", 1_000_900_500


class _Time:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_the_expiry_is_in_seconds() -> None:
    """The signer says milliseconds, and the Kafka client gets seconds."""
    assert MskToken(_Signer(), _Time())("") == ("token-1", EXPIRES_S)


def test_a_token_is_kept_while_it_is_good() -> None:
    """A token is used until five minutes before its expiry, and then replaced."""
    time, signer = _Time(), _Signer()
    token = MskToken(signer, time)
    assert {token("")[0] for _ in range(5)} == {"token-1"}
    time.now = EXPIRES_S - 300
    assert token("")[0] == "token-1"
    time.now = EXPIRES_S - 299
    assert token("")[0] == "token-2"
    assert signer.calls == 2


@pytest.mark.robustness("shared state that is stale, lost, foreign or out of reach")
def test_a_failed_refresh_keeps_the_valid_token() -> None:
    """While a token is valid a failed refresh is no reason to disconnect; afterwards the error is the client's."""
    time, signer = _Time(), _Signer()
    token = MskToken(signer, time)
    token("")
    signer.fails = True
    time.now = EXPIRES_S - 1
    assert token("") == ("token-1", EXPIRES_S)
    time.now = EXPIRES_S
    with pytest.raises(RuntimeError, match="no credentials"):
        token("")
    signer.fails = False
    assert token("")[0] == "token-4"


@pytest.mark.robustness("shared state that is stale, lost, foreign or out of reach")
def test_clients_that_ask_together_share_one_token() -> None:
    """Ten threads that ask at the same moment cause one signature."""
    signer, barrier = _Signer(), Barrier(10)
    token = MskToken(signer, _Time())
    got: list[str] = []

    def ask() -> None:
        barrier.wait()
        got.append(token("")[0])

    threads = [Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == ["token-1"] * 10
    assert signer.calls == 1


def test_the_real_signer_makes_a_signed_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """With credentials from the environment and no network, the token is a presigned Connect for the region."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    token, expires_s = msk_token("sa-east-1")("")
    url = urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    assert url.startswith("https://kafka.sa-east-1.amazonaws.com/?Action=kafka-cluster%3AConnect")
    assert "X-Amz-Credential=AKIDEXAMPLE" in url
    assert 1_600_000_000 < expires_s < 10_000_000_000
