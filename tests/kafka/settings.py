"""Options of `make test-kafka`."""

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, field_validator

from comboio.settings import Settings
from tests.kafka.scenarios.known import SCENARIOS


def _names(value: object) -> object:
    return tuple(value.split()) if isinstance(value, str) else value


class KafkaTestSettings(Settings):
    """Which scenarios run, how often and how hard."""

    PREFIX: ClassVar[str] = "TEST_KAFKA_"

    scenarios: Annotated[tuple[str, ...], BeforeValidator(_names)] = Field(
        tuple(SCENARIOS), alias="SCENARIOS", description="Scenarios, with blanks between; unset is all."
    )
    rounds: int = Field(1, alias="ROUNDS", ge=1, le=1_000, description="How often each of them runs.")
    rate: int = Field(300, alias="RATE", ge=10, le=10_000, description="Messages a second to produce.")

    @field_validator("scenarios")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := [name for name in names if name not in SCENARIOS]:
            raise ValueError(f"there is no scenario {', '.join(unknown)}; there are: {', '.join(SCENARIOS)}")
        return names
