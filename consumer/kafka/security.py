"""How the Kafka client proves who it is, and what it trusts."""

import os
from collections.abc import Callable
from typing import Any

from comboio.msk_iam import msk_token
from consumer.settings import ConsumerSettings


def security(settings: ConsumerSettings, token: Callable[[str], Callable[[str], Any]] = msk_token) -> dict[str, Any]:
    """Return librdkafka's security options. `token` makes the callback that gets tokens for a region."""
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
