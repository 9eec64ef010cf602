"""Options of `make fuzz`."""

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, field_validator

from comboio.settings import Settings
from tests.fuzz.known import TARGETS


def _names(value: object) -> object:
    return tuple(value.split()) if isinstance(value, str) else value


class FuzzSettings(Settings):
    """What is fuzzed, and for how long."""

    PREFIX: ClassVar[str] = "FUZZ_"

    minutes: float = Field(1.0, alias="MINUTES", gt=0, le=1_440, description="Minutes for each target.")
    targets: Annotated[tuple[str, ...], BeforeValidator(_names)] = Field(
        tuple(TARGETS), alias="TARGETS", description="Targets, with blanks between; unset is all."
    )

    @field_validator("targets")
    @classmethod
    def _known(cls, targets: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := [name for name in targets if name not in TARGETS]:
            raise ValueError(f"there is no target {', '.join(unknown)}; there are: {', '.join(TARGETS)}")
        return targets
