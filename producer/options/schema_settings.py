"""The options of what messages are written as, and of the schema registry."""

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from comboio.kafka_connection import KafkaConnectionSettings
from comboio.settings import ExplainedError

_WITH_REGISTRY = (
    "registry",
    "registry_auth",
    "registry_timeout",
    "subject_names",
    "schema_version",
    "schema_record",
    "schema_file",
    "schema_register",
)
"""Options that a format without a schema does not have."""


LATEST = "latest"
"""What the registry calls the last version of a subject."""


class SchemaSettings(KafkaConnectionSettings):
    """Options of the formats; the producer's own settings add the rest."""

    format: Literal["json", "avro", "json-schema", "protobuf"] = Field(
        "json",
        description="What payloads are written as: the JSON that they are, or in Confluent's wire format by a schema "
        "of PRODUCER_REGISTRY. What is not as its schema says goes to the reject file.",
    )
    registry: str = Field(
        "",
        max_length=1_024,
        description="Address of the Confluent-compatible schema registry; it is asked at the start, and never again.",
    )
    registry_auth: SecretStr = Field(
        SecretStr(""),
        description="user:password of the registry; better from a file (this name and _FILE), such as a systemd "
        "credential.",
    )
    registry_timeout: float = Field(
        10, ge=1, le=300, description="Seconds in all that the registry is waited for at the start."
    )
    subject_names: Literal["topic", "record"] = Field(
        "topic",
        description="Subject of a topic's schema: the topic's name and -value, or the name of PRODUCER_SCHEMA_RECORD.",
    )
    schema_version: str = Field(
        LATEST,
        pattern=r"^(latest|[1-9][0-9]{0,8})$",
        description="Version of the subject that is used: its latest at the start, or a number.",
    )
    schema_record: str = Field(
        "",
        max_length=249,
        description="Full name of the record (Avro, JSON Schema) or the message (Protobuf); of a .proto file the "
        "first, if unset.",
    )
    schema_file: Path | None = Field(
        None, description="File with the schema; the subject must have it already, unless PRODUCER_SCHEMA_REGISTER."
    )
    schema_register: bool = Field(
        False, description="Whether the schema of PRODUCER_SCHEMA_FILE is registered at the start where it is new."
    )

    @field_validator("registry_auth")
    @classmethod
    def _check_auth(cls, auth: SecretStr) -> SecretStr:
        if auth.get_secret_value() and ":" not in auth.get_secret_value():
            raise ExplainedError("it is user:password, with a colon between them")
        return auth

    @model_validator(mode="after")
    def _check_format(self) -> Self:
        name = self.environment_name
        if self.format == "json":
            fields = type(self).model_fields
            if given := [each for each in _WITH_REGISTRY if getattr(self, each) != fields[each].default]:
                raise ValueError(
                    f"{name(given[0])} has no effect on PRODUCER_FORMAT=json. Choose avro, json-schema or protobuf, or "
                    "leave it out."
                )
            return self
        if not self.registry:
            raise ValueError(f"PRODUCER_FORMAT={self.format} needs PRODUCER_REGISTRY, the address of its registry.")
        check_address(self.registry)
        if self.subject_names == "record" and not self.schema_record:
            raise ValueError("PRODUCER_SUBJECT_NAMES=record needs PRODUCER_SCHEMA_RECORD, the name of the subject.")
        if self.schema_register and self.schema_file is None:
            raise ValueError("PRODUCER_SCHEMA_REGISTER needs PRODUCER_SCHEMA_FILE, the schema to register.")
        if self.schema_file is not None and self.schema_version != LATEST:
            raise ValueError(
                "PRODUCER_SCHEMA_VERSION and PRODUCER_SCHEMA_FILE both say which schema it is. Leave one of them out."
            )
        if self.format == "avro" and self.schema_record and self.subject_names == "topic":
            raise ValueError(
                "PRODUCER_SCHEMA_RECORD has no effect on Avro with PRODUCER_SUBJECT_NAMES=topic. Leave it out."
            )
        return self


def check_address(address: str) -> None:
    """Check the address of a registry.

    Raises:
        ValueError: it is none; the text does not repeat it.
    """
    try:
        parts = urlsplit(address)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        sound = False
    if not sound or not address.isprintable() or " " in address:
        raise ValueError("PRODUCER_REGISTRY is an http:// or https:// address.")
    if parts.username or parts.password:
        raise ValueError("PRODUCER_REGISTRY has a user or a password in it. Put them into PRODUCER_REGISTRY_AUTH_FILE.")
    if parts.query or parts.fragment:
        raise ValueError("PRODUCER_REGISTRY has a query or a fragment, and paths are put behind it. Take them out.")
