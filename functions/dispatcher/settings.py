"""The dispatcher's options."""

from typing import ClassVar

from pydantic import Field

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
    routes_file: str = Field("", description="A routing table to use instead of the layer's own.")
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
