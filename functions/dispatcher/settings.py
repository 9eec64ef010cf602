"""The dispatcher's options."""

from typing import ClassVar, Self

from pydantic import Field, model_validator

from comboio.settings import Settings


class DispatcherSettings(Settings):
    """Read once, when an execution environment starts."""

    PREFIX: ClassVar[str] = "DISPATCHER_"

    ledger_table: str = Field(alias="LEDGER_TABLE", min_length=1, description="The DynamoDB table of the ledgers.")
    dead_letter_queue_url: str = Field(
        alias="DEAD_LETTER_QUEUE_URL", min_length=1, description="The SQS queue that keeps dead letters."
    )
    dead_letter_bucket: str = Field(
        "", alias="DEAD_LETTER_BUCKET", description="The S3 bucket for dead letters larger than SQS takes."
    )
    routes_file: str = Field("", description="A file with the routing table to use instead of the layer's own.")
    routes_parameter: str = Field(
        "", description="An SSM parameter with the routing table to use instead; it can change without a deploy."
    )
    routes_appconfig: str = Field(
        "",
        pattern=r"^([^/\s]+/[^/\s]+/[^/\s]+)?$",
        description="AppConfig's application/environment/profile with the routing table to use instead.",
    )
    routes_max_age_s: float = Field(
        60.0, ge=15, le=86_400, description="Seconds after which such a table is looked at again, before a batch."
    )
    max_pending: int = Field(
        5_000, ge=1, le=10_000, description="Offsets a partition may leave undone before it admits nothing new."
    )
    abandon_after_s: int = Field(
        172_800,
        ge=60,
        description="After so long an undone offset that nobody brings any more is given up; longer than the "
        "mapping's MaximumRecordAgeInSeconds.",
    )
    event_claim_s: int = Field(
        86_400,
        ge=300,
        le=31_536_000,
        description="For so long an event_id counts as dispatched, on routes with idempotency = event.",
    )
    checkpoint_s: float = Field(5.0, gt=0, le=300, description="Seconds between checkpoints of a long batch.")
    margin_s: float = Field(
        6.0, ge=1, le=60, description="Before the deadline by this, no call begins: time to hear answers and settle."
    )
    call_timeout_s: float = Field(5.0, gt=0, le=60, description="Seconds to wait for a service's answer.")

    @model_validator(mode="after")
    def _one_table(self) -> Self:
        given = {name: getattr(self, name) for name in ("routes_file", "routes_parameter", "routes_appconfig")}
        if sum(map(bool, given.values())) > 1:
            names = ", ".join(self.environment_name(name) for name, value in given.items() if value)
            raise ValueError(f"{names} are set, and the routing table comes from one place: set one of them.")
        return self
