"""Producer and consumer mean the same by the options of their connection to Kafka."""

from pathlib import Path
from typing import Any

import pytest

from comboio.kafka_connection import KafkaConnectionSettings
from comboio.settings import SettingsError
from consumer.settings import ConsumerSettings
from producer.options.settings import ProducerSettings

REQUIRED = {"KAFKA_BOOTSTRAP_SERVERS": "b:1", "CONSUMER_TOPICS": "t", "CONSUMER_FUNCTION": "a.b:c"}

SERVICES = pytest.mark.parametrize("service", [ProducerSettings, ConsumerSettings])


def options(service: type[KafkaConnectionSettings], **given: str) -> dict[str, Any]:
    """Return the client's options of a service's options; a token is its region."""
    environ = {f"{service.PREFIX}{name.upper()}": value for name, value in given.items()}
    settings = service.from_environment({**REQUIRED, **environ})
    return settings.security_options(lambda region: lambda config: region)


@SERVICES
def test_modes_have_their_protocol(service: type[KafkaConnectionSettings], tmp_path: Path) -> None:
    """Nothing is unencrypted but plaintext; the password comes without its line end."""
    secret = tmp_path / "password"
    secret.write_text("s3cret\n")
    assert options(service) == {}
    assert options(service, security="tls", tls_ca=str(secret)) == {
        "security.protocol": "SSL",
        "ssl.ca.location": str(secret),
    }
    mutual = options(service, security="tls", tls_certificate=str(secret), tls_key=__file__)
    assert (mutual["ssl.certificate.location"], mutual["ssl.key.location"]) == (str(secret), __file__)
    scram = options(service, security="scram", scram_user="alice", scram_password_file=str(secret))
    assert (scram["security.protocol"], scram["sasl.mechanisms"]) == ("SASL_SSL", "SCRAM-SHA-512")
    assert (scram["sasl.username"], scram["sasl.password"]) == ("alice", "s3cret")
    iam = options(service, security="msk-iam", aws_region="sa-east-1")
    assert (iam["security.protocol"], iam["sasl.mechanisms"]) == ("SASL_SSL", "OAUTHBEARER")
    assert iam["oauth_cb"]("") == "sa-east-1"


@SERVICES
@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"security": "scram"}, "{}SCRAM_USER and {}SCRAM_PASSWORD_FILE"),
        ({"security": "tls", "tls_ca": "/nowhere.pem"}, "{}TLS_CA"),
        ({"security": "tls", "tls_key": __file__}, "{}TLS_CERTIFICATE and {}TLS_KEY"),
        ({"security": "kerberos"}, "{}SECURITY"),
    ],
)
def test_what_is_missing_is_named(service: type[KafkaConnectionSettings], given: dict[str, str], says: str) -> None:
    """An error names the service's own options, before any connection is tried."""
    with pytest.raises(SettingsError, match=says.replace("{}", service.PREFIX)):
        options(service, **given)


@SERVICES
def test_the_region_is_this_host_s_where_none_is_set(
    service: type[KafkaConnectionSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a region of its own, AWS_REGION counts, as for every AWS tool."""
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert options(service, security="msk-iam")["oauth_cb"]("") == "eu-west-1"


def test_security_wins_over_the_client_s_options() -> None:
    """Nobody ends up unencrypted by a leftover."""
    environ = {**REQUIRED, "CONSUMER_SECURITY": "tls", "CONSUMER_CLIENT_OPTIONS": "security.protocol=PLAINTEXT"}
    with pytest.raises(SettingsError, match="CONSUMER_SECURITY"):
        ConsumerSettings.from_environment(environ)
