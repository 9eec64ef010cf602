"""Each mode of security has its options for the client."""

from pathlib import Path
from typing import Any

import pytest

from comboio.settings import SettingsError
from consumer.kafka.security import security
from consumer.settings import ConsumerSettings

REQUIRED = {"KAFKA_BOOTSTRAP_SERVERS": "b:1", "CONSUMER_TOPICS": "t", "CONSUMER_FUNCTION": "a.b:c"}


def _security(**options: str) -> dict[str, Any]:
    environ = {f"CONSUMER_{name.upper()}": value for name, value in options.items()}
    settings = ConsumerSettings.from_environment({**REQUIRED, **environ})
    return security(settings, lambda region: lambda config: region)


def test_modes_have_their_protocol(tmp_path: Path) -> None:
    """Nothing unencrypted but plaintext; the password without its line end."""
    secret = tmp_path / "password"
    secret.write_text("s3cret\n")
    assert _security() == {}
    assert _security(security="tls", tls_ca=str(secret)) == {
        "security.protocol": "SSL",
        "ssl.ca.location": str(secret),
    }
    scram = _security(security="scram", scram_user="alice", scram_password_file=str(secret))
    assert (scram["security.protocol"], scram["sasl.mechanisms"]) == ("SASL_SSL", "SCRAM-SHA-512")
    assert (scram["sasl.username"], scram["sasl.password"]) == ("alice", "s3cret")
    iam = _security(security="msk-iam", aws_region="sa-east-1")
    assert (iam["security.protocol"], iam["sasl.mechanisms"]) == ("SASL_SSL", "OAUTHBEARER")
    assert iam["oauth_cb"]("") == "sa-east-1"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"security": "scram"}, "CONSUMER_SCRAM_USER"),
        ({"security": "tls", "tls_ca": "/nowhere.pem"}, "CONSUMER_TLS_CA"),
        ({"security": "tls", "tls_key": __file__}, "CONSUMER_TLS_CERTIFICATE"),
        ({"security": "kerberos"}, "CONSUMER_SECURITY"),
    ],
)
def test_what_is_missing_is_named(options: dict[str, str], says: str) -> None:
    """Before any connection is tried."""
    with pytest.raises(SettingsError, match=says):
        _security(**options)


def test_the_region_is_this_hosts_where_none_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS_REGION, as every AWS tool takes it."""
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert _security(security="msk-iam")["oauth_cb"]("") == "eu-west-1"


def test_security_wins_over_the_clients_options() -> None:
    """Nobody ends up unencrypted by a leftover."""
    environ = {**REQUIRED, "CONSUMER_SECURITY": "tls", "CONSUMER_CLIENT_OPTIONS": "security.protocol=PLAINTEXT"}
    with pytest.raises(SettingsError, match="CONSUMER_SECURITY"):
        ConsumerSettings.from_environment(environ)
