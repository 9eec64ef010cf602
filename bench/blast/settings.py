"""Options of the benchmark."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from bench.blast.scenario import choose
from local.settings import LocalSettings


def _known(text: str) -> str:
    choose(text)
    return text


class BlastSettings(LocalSettings):
    """Those of the local stack, and what to measure how hard."""

    PREFIX: ClassVar[str] = "LOCAL_"

    rate: int = Field(2_000, alias="RATE", ge=100, le=20_000, description="Messages a second to produce.")
    seconds: int = Field(15, alias="SECONDS", ge=4, le=600, description="Seconds to produce for in each scenario.")
    blast: Annotated[str, AfterValidator(_known)] = Field(
        "", alias="BLAST", description="Scenarios to run, such as dead-lowest or poison; unset is all."
    )
