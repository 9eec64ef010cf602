"""How the Kafka client proves who it is, and what it trusts."""

import os
from collections.abc import Callable
from typing import Any

from comboio.msk_iam import msk_token
from producer.options.settings import ProducerSettings


def security(settings: ProducerSettings, token: Callable[[str], Callable[[str], Any]] = msk_token) -> dict[str, Any]:
    """librdkafka's security options. `token` makes the callback that gets tokens for a region."""
    tls: dict[str, Any] = {"ssl.ca.location": str(settings.tls_ca)} if settings.tls_ca else {}
    if settings.tls_certificate and settings.tls_key:
        tls["ssl.certificate.location"] = str(settings.tls_certificate)
        tls["ssl.key.location"] = str(settings.tls_key)
    match settings.security:
        case "plaintext":
            return {}
        case "tls":
            return {"security.protocol": "SSL", **tls}
        case "scram":
            return {
                "security.protocol": "SASL_SSL",
                "sasl.mechanisms": "SCRAM-SHA-512",
                "sasl.username": settings.scram_user,
                "sasl.password": settings.scram_password.get_secret_value(),
                **tls,
            }
        case "msk-iam":
            return {
                "security.protocol": "SASL_SSL",
                "sasl.mechanisms": "OAUTHBEARER",
                "oauth_cb": token(settings.aws_region or os.environ.get("AWS_REGION", "")),
                **tls,
            }


def advice(reason: str) -> str:
    """Return what to check when Kafka could not be reached, by the client's own reason."""
    text = reason.lower()
    if "certificate" in text or "ssl handshake" in text:
        return (
            "Check that PRODUCER_TLS_CA has the authority that signed the broker's certificate, that the name in "
            "KAFKA_BOOTSTRAP_SERVERS is in that certificate, and that the port is the one for PRODUCER_SECURITY."
        )
    if "sasl" in text or "authentication" in text or "oauth" in text:
        return (
            "Check PRODUCER_SECURITY, the user and its password (scram), or the role of this host and "
            "PRODUCER_AWS_REGION (msk-iam), and that the port is the one for them."
        )
    return "Check KAFKA_BOOTSTRAP_SERVERS, that the brokers run, and that this host may reach their port."
