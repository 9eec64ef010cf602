"""How a service reaches Kafka: the options of its connection, and the Kafka client's options made of them.

It stands in the layer because producer and consumer must mean the same by the same option. It makes options only: the
Kafka client is not in the layer (14 MB), and nothing here imports it.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, model_validator

from comboio.msk_iam import msk_token
from comboio.settings import Settings

Token = Callable[[str], Callable[[str], Any]]
"""Makes the callback that gets tokens for a region."""


class KafkaConnectionSettings(Settings):
    """The options of a connection to Kafka; a service's settings add their own."""

    bootstrap_servers: str = Field(
        alias="KAFKA_BOOTSTRAP_SERVERS",
        min_length=1,
        description="Kafka's bootstrap servers, host:port, separated by commas.",
    )
    security: Literal["plaintext", "tls", "scram", "msk-iam"] = Field(
        "plaintext",
        description="How to reach Kafka: unencrypted, TLS (with a client certificate if given), "
        "TLS with SASL/SCRAM-SHA-512, or TLS with the IAM role of this host (Amazon MSK).",
    )
    tls_ca: Path | None = Field(None, description="PEM file of the authorities to trust; unset is the system's.")
    tls_certificate: Path | None = Field(None, description="PEM file of the client's certificate, for mutual TLS.")
    tls_key: Path | None = Field(None, description="PEM file of the client certificate's key.")
    scram_user: str = Field("", description="SASL/SCRAM user.")
    scram_password: SecretStr = Field(
        SecretStr(""),
        description="SASL/SCRAM password; better from a file (this name and _FILE), such as a systemd credential.",
    )
    aws_region: str = Field("", description="Region of the MSK cluster, for msk-iam; unset is AWS_REGION.")

    @model_validator(mode="after")
    def _check_security(self) -> Self:
        name = self.environment_name
        for option in ("tls_ca", "tls_certificate", "tls_key"):
            path: Path | None = getattr(self, option)
            if path is not None and not os.access(path, os.R_OK):
                raise ValueError(f"{name(option)} names a file that this user cannot read.")
        if self.security == "scram" and not (self.scram_user and self.scram_password.get_secret_value()):
            needed = f"{name('scram_user')} and {name('scram_password')}_FILE"
            raise ValueError(f"{name('security')}=scram needs {needed}.")
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError(f"{name('tls_certificate')} and {name('tls_key')} go together; one of them is not set.")
        return self

    def security_options(self, token: Token = msk_token) -> dict[str, Any]:
        """Return librdkafka's options for how the client proves who it is, and what it trusts."""
        tls: dict[str, Any] = {"ssl.ca.location": str(self.tls_ca)} if self.tls_ca else {}
        if self.tls_certificate and self.tls_key:
            tls["ssl.certificate.location"] = str(self.tls_certificate)
            tls["ssl.key.location"] = str(self.tls_key)
        match self.security:
            case "plaintext":
                return {}
            case "tls":
                return {"security.protocol": "SSL", **tls}
            case "scram":
                return {
                    "security.protocol": "SASL_SSL",
                    "sasl.mechanisms": "SCRAM-SHA-512",
                    "sasl.username": self.scram_user,
                    "sasl.password": self.scram_password.get_secret_value(),
                    **tls,
                }
            case "msk-iam":
                return {
                    "security.protocol": "SASL_SSL",
                    "sasl.mechanisms": "OAUTHBEARER",
                    "oauth_cb": token(self.aws_region or os.environ.get("AWS_REGION", "")),
                    **tls,
                }
