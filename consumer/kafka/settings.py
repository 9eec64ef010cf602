"""The options of the connection to Kafka."""

from typing import ClassVar, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from comboio.kafka_connection import KafkaConnectionSettings
from consumer.kafka.client_options import read_client_options

_SECURITY_OPTIONS = frozenset(
    {"security.protocol", "sasl.mechanism", "sasl.mechanisms", "sasl.username", "sasl.password"}
)
"""What a CONSUMER_SECURITY other than plaintext sets in the client."""


class ConnectionSettings(KafkaConnectionSettings):
    """How to reach the brokers, and what else the client is told."""

    PREFIX: ClassVar[str] = "CONSUMER_"

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
    def _security_is_said_once(self) -> Self:
        named = read_client_options(self.client_options.get_secret_value()).keys() & _SECURITY_OPTIONS
        if self.security != "plaintext" and named:
            raise ValueError(
                f"CONSUMER_CLIENT_OPTIONS names {', '.join(sorted(named))}, and so does "
                f"CONSUMER_SECURITY={self.security}. Leave it out of one of them."
            )
        return self
