"""The options of the connection to Kafka."""

import os
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from comboio.settings import Settings
from consumer.kafka.client_options import read_client_options

SECURITY_OPTIONS = frozenset(
    {"security.protocol", "sasl.mechanism", "sasl.mechanisms", "sasl.username", "sasl.password"}
)
"""What a CONSUMER_SECURITY other than plaintext sets in the client."""


class ConnectionSettings(Settings):
    """How to reach the brokers, and what else the client is told."""

    PREFIX: ClassVar[str] = "CONSUMER_"

    bootstrap_servers: Annotated[str, Field(min_length=1)] = Field(
        alias="KAFKA_BOOTSTRAP_SERVERS", description="Kafka's bootstrap servers, host:port, separated by commas."
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
        description="SASL/SCRAM password; better as CONSUMER_SCRAM_PASSWORD_FILE, such as a systemd credential.",
    )
    aws_region: str = Field("", description="Region of the MSK cluster, for msk-iam; unset is AWS_REGION.")
    client_options: SecretStr = Field(
        SecretStr(""),
        description='More options of librdkafka: name=value, separated by commas or line ends; name="one,two" has a '
        "comma in its value.",
    )

    @field_validator("client_options")
    @classmethod
    def _client_options(cls, text: SecretStr) -> SecretStr:
        read_client_options(text.get_secret_value())
        return text

    @model_validator(mode="after")
    def _security_is_whole(self) -> Self:
        for name in ("tls_ca", "tls_certificate", "tls_key"):
            path: Path | None = getattr(self, name)
            if path is not None and not os.access(path, os.R_OK):
                raise ValueError(f"{self.environment_name(name)} names a file that this user cannot read.")
        if self.security == "scram" and not (self.scram_user and self.scram_password.get_secret_value()):
            raise ValueError("CONSUMER_SECURITY=scram needs CONSUMER_SCRAM_USER and CONSUMER_SCRAM_PASSWORD_FILE.")
        named = read_client_options(self.client_options.get_secret_value()).keys() & SECURITY_OPTIONS
        if self.security != "plaintext" and named:
            raise ValueError(
                f"CONSUMER_CLIENT_OPTIONS names {', '.join(sorted(named))}, and so does "
                f"CONSUMER_SECURITY={self.security}. Leave it out of one of them."
            )
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("CONSUMER_TLS_CERTIFICATE and CONSUMER_TLS_KEY go together; one of them is not set.")
        return self
