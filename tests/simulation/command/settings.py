"""Options of `make simulate`."""

from typing import ClassVar, Literal

from pydantic import Field

from comboio.settings import Settings


class SimulateSettings(Settings):
    """Which seeds are played, and how."""

    PREFIX: ClassVar[str] = "SIMULATE_"

    seeds: int = Field(1_000, alias="SEEDS", ge=1, le=1_000_000_000, description="Seeds to play.")
    first: int = Field(0, alias="FIRST", ge=0, le=1_000_000_000_000, description="The first of them.")
    seed: int | None = Field(
        None, alias="SEED", ge=0, le=1_000_000_000_000, description="One seed to play step by step; unset is SEEDS."
    )
    outage: int | None = Field(
        None,
        alias="OUTAGE",
        ge=1,
        le=86_400,
        description="Virtual seconds of one outage to play at full rate, instead of seeds; unset is SEEDS.",
    )
    processes: int = Field(2, alias="PROCESSES", ge=1, le=64, description="Processes that play, a core each.")
    world: Literal["mixed", "dispatcher", "producer"] = Field(
        "mixed",
        alias="WORLD",
        description="Whose histories the seeds stand for; mixed is the dispatcher's, and the producer's one in ten.",
    )
    plant: str = Field("", alias="PLANT", description="A breakage to plant first, by its name; unset is none.")
