"""The options of the function, and of how many invocations of it run at a time."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from consumer.inflight.pollers import MOST_INVOCATIONS, MOST_POLLERS, PollerLimits
from consumer.invoke.at_a_time import at_a_time
from consumer.kafka.settings import ConnectionSettings


class FunctionSettings(ConnectionSettings):
    """What is invoked, and how much of it at a time."""

    function: Annotated[str, Field(min_length=1)] = Field(
        description="package.module:callable to invoke in this process, a Lambda function's name or ARN, or the URL "
        "of a Runtime Interface Emulator, http://host:port; several by commas run as many invocations at a time."
    )
    function_name: str = Field("", description="Name of the function in the context of a handler in this process.")
    function_timeout_s: float = Field(
        30, ge=1, le=840, description="Timeout of the function in seconds; 14 minutes is AWS's maximum for Kafka."
    )
    function_memory_mb: int = Field(
        1769, ge=128, le=10240, description="Memory of the function in MB, in the context of a handler in this process."
    )
    concurrency: int = Field(
        1,
        ge=1,
        le=MOST_INVOCATIONS,
        description="Maximum concurrent invocations of a poller, 5 in AWS; a partition has one batch in flight. A "
        "handler in this process must be safe for more than one.",
    )
    minimum_pollers: int = Field(1, ge=1, le=MOST_POLLERS, description="Minimum pollers of this process.")
    maximum_pollers: int = Field(
        0,
        ge=0,
        le=MOST_POLLERS,
        description="Maximum pollers of this process; between both their number follows the lag. 0 is the minimum.",
    )

    @model_validator(mode="after")
    def _no_fewer_at_most(self) -> Self:
        if 0 < self.maximum_pollers < self.minimum_pollers:
            raise ValueError("CONSUMER_MAXIMUM_POLLERS is below CONSUMER_MINIMUM_POLLERS. Raise it, or set it to 0.")
        return self

    @property
    def pollers(self) -> PollerLimits:
        """Between what the pollers are, and how many invocations the function takes."""
        most = MOST_POLLERS * MOST_INVOCATIONS
        return PollerLimits(
            self.minimum_pollers,
            self.maximum_pollers or self.minimum_pollers,
            self.concurrency,
            at_a_time(self.function) or most,
        )

    @property
    def invocations(self) -> int:
        """The most invocations that can be under way."""
        return min(self.pollers.maximum * self.concurrency, self.pollers.at_a_time)
