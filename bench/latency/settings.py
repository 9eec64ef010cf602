"""Options of the benchmark."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from local.settings import LocalSettings

WINDOWS_S = "0,0.1,0.5,1"
"""Batching windows: none, and up to what template.yaml has."""


def _seconds(text: str) -> str:
    windows(text)
    return text


def windows(text: str) -> list[float]:
    """Read a list of batching windows; raise a ValueError for what is none."""
    found = [float(part) for part in text.split(",")]
    if not all(0 <= each <= 10 for each in found):
        raise ValueError("a window has 0 to 10 seconds")
    return found


class LatencySettings(LocalSettings):
    """Which Kafka, and what to measure how hard."""

    PREFIX: ClassVar[str] = "LOCAL_"

    rate: int = Field(13_000, alias="RATE", ge=100, le=50_000, description="Messages a second to produce.")
    seconds: int = Field(12, alias="SECONDS", ge=5, le=600, description="Seconds to produce for at each window.")
    windows: Annotated[str, AfterValidator(_seconds)] = Field(
        WINDOWS_S, alias="WINDOWS", description="Batching windows in seconds, separated by commas."
    )
    linger_ms: float = Field(
        50,
        alias="LINGER_MS",
        ge=0,
        le=1_000,
        description="Milliseconds that the producer waits to fill its batches, as PRODUCER_LINGER_MS.",
    )
