"""Options of `make deploy-local`."""

from typing import ClassVar

from pydantic import Field

from local.settings import LocalSettings


class DeploySettings(LocalSettings):
    """Those of the local stack, and how much traffic the deployed function gets."""

    PREFIX: ClassVar[str] = "LOCAL_"

    messages: int = Field(
        100_000,
        alias="MESSAGES",
        ge=100,
        le=10_000_000,
        description="Messages for the deployed function; more, if the updates outlast them.",
    )
    rate: int = Field(
        3_000, alias="RATE", ge=100, le=10_000, description="Messages a second to produce once the updates are done."
    )
