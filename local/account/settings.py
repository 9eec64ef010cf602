"""Options of `make aws-check`."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from local.settings import LocalSettings


class CheckSettings(LocalSettings):
    """Which account and cluster, and how much is sent."""

    PREFIX: ClassVar[str] = "LOCAL_"

    endpoint: Literal["aws", "local"] = Field(
        "aws", alias="ENDPOINT", description="An account of AWS, or the emulator with a consumer for each mapping."
    )
    name: str = Field(
        "comboio-check",
        alias="NAME",
        pattern=r"^comboio-check(-[a-z0-9]{1,12})?$",
        description="Name of the stack; whatever is made has a name that begins with it.",
    )
    account: str = Field(
        "", alias="ACCOUNT", pattern=r"^(\d{12})?$", description="The account that is meant; any other is refused."
    )
    cluster: str = Field(
        "",
        alias="MSK_CLUSTER_ARN",
        pattern=r"^(arn:aws[a-z-]*:kafka:[a-z0-9-]+:\d{12}:cluster/[A-Za-z0-9-]+/[A-Za-z0-9-]+)?$",
        description="ARN of a cluster with IAM authentication, whose brokers this machine can reach.",
    )
    rate: int = Field(200, alias="RATE", ge=10, le=1_000, description="Messages a second.")
    duration: int = Field(60, alias="DURATION", ge=20, le=600, description="Seconds to produce for.")
    questions: bool = Field(
        True,
        alias="QUESTIONS",
        description="Ask mappings what AWS's documents leave open, by a second stack with a mapping for each question.",
    )
    remove: bool = Field(False, alias="REMOVE", description="Only remove what an earlier run left.")

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.endpoint == "aws" and not (self.account and self.cluster):
            raise ValueError(
                "ACCOUNT and MSK_CLUSTER_ARN are needed for an account of AWS, so that no other one is touched by "
                "mistake. ENDPOINT=local tries it here, without an account."
            )
        if self.endpoint == "local" and self.remove:
            raise ValueError("ENDPOINT=local leaves nothing: the emulator forgets all. REMOVE is for an account.")
        return self

    @property
    def region(self) -> str:
        """The cluster's region, where all is made."""
        return self.cluster.split(":")[3]
