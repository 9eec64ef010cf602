"""Options of the local stack."""

import re
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from comboio.settings import Settings

ADDRESS = re.compile(r"[A-Za-z0-9._-]+:\d{1,5}(,[A-Za-z0-9._-]+:\d{1,5})*")
"""host:port, or several of them separated by commas."""


def _kafka_choice(text: str) -> str:
    if text in ("embedded", "apache") or ADDRESS.fullmatch(text):
        return text
    raise ValueError("it is embedded, apache or host:port")


KafkaChoice = Annotated[str, AfterValidator(_kafka_choice)]


class LocalSettings(Settings):
    """Options of `make demo`, `make stack` and the tests."""

    PREFIX: ClassVar[str] = "LOCAL_"

    kafka: KafkaChoice = Field(
        default="embedded",
        alias="KAFKA",
        description="Which Kafka: embedded (from a wheel, up in a second), apache (Apache Kafka from Maven; needs Java "
        "17 and Maven) or host:port (a running cluster; topics are created where missing, nothing is deleted).",
    )
    kafka_port: int | None = Field(
        default=None, ge=1, le=65535, description="Loopback port of KAFKA=apache; any free one if unset."
    )
    aws_port: int | None = Field(
        default=None, ge=1, le=65535, description="Loopback port of the AWS emulator; any free one if unset."
    )
