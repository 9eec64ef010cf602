"""Options of the demo."""

from typing import ClassVar

from pydantic import Field

from local.demo.function_place import FunctionPlace
from local.settings import LocalSettings


class DemoSettings(LocalSettings):
    """Those of the local stack, and how hard and how long to drive it."""

    PREFIX: ClassVar[str] = "LOCAL_"

    rate: int = Field(13_000, alias="RATE", ge=100, le=200_000, description="Messages a second to produce.")
    duration: int = Field(20, alias="DURATION", ge=8, le=86_400, description="Seconds to produce for.")
    function: FunctionPlace = Field(
        FunctionPlace.PROCESS,
        alias="FUNCTION",
        description="Where the dispatcher runs: in the process of its consumer, or, with rie, as it is built, under "
        "Lambda's Runtime Interface Emulator (Linux only; `make build-local` builds it).",
    )
