"""Security: each mode's options for the client, and advice that fits the trouble."""

from pathlib import Path
from typing import Any

import pytest

from comboio.settings import SettingsError
from producer.kafka.security import advice, security
from producer.options.settings import ProducerSettings


def _security(**options: str) -> dict[str, Any]:
    environ = {f"PRODUCER_{name.upper()}": value for name, value in options.items()}
    settings = ProducerSettings.from_environment({"KAFKA_BOOTSTRAP_SERVERS": "b:1", **environ})
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
        ({"security": "scram"}, "PRODUCER_SCRAM_USER"),
        ({"security": "tls", "tls_ca": "/nowhere.pem"}, "PRODUCER_TLS_CA"),
        ({"security": "tls", "tls_key": __file__}, "PRODUCER_TLS_CERTIFICATE"),
        ({"security": "kerberos"}, "PRODUCER_SECURITY"),
    ],
)
def test_what_is_missing_is_named(options: dict[str, str], says: str) -> None:
    """Before any connection is tried."""
    with pytest.raises(SettingsError, match=says):
        _security(**options)


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("SSL handshake failed: certificate verify failed", "PRODUCER_TLS_CA"),
        ("SASL authentication error: invalid credentials", "password"),
        ("Connection refused", "brokers run"),
    ],
)
def test_advice_fits_the_trouble(reason: str, says: str) -> None:
    """What to check for a certificate, a password, a port."""
    assert says in advice(reason)
