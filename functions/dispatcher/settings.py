"""The dispatcher's options."""

from typing import ClassVar, Self

from pydantic import Field, field_validator, model_validator

from comboio.contract.cluster import clusters_named
from comboio.settings import ExplainedError, Settings


class DispatcherSettings(Settings):
    """The options, read once when an execution environment starts."""

    PREFIX: ClassVar[str] = "DISPATCHER_"

    ledger_table: str = Field(alias="LEDGER_TABLE", min_length=1, description="DynamoDB table of the ledgers.")
    dead_letter_queue_url: str = Field(
        alias="DEAD_LETTER_QUEUE_URL", min_length=1, description="SQS queue for dead letters."
    )
    dead_letter_bucket: str = Field(
        "", alias="DEAD_LETTER_BUCKET", description="S3 bucket for dead letters that are too large for SQS."
    )
    routes_file: str = Field("", description="File with a routing table to use instead of the layer's own.")
    routes_parameter: str = Field(
        "", description="SSM parameter with a routing table to use instead; it can change without a deploy."
    )
    routes_appconfig: str = Field(
        "",
        pattern=r"^([^/\s]+/[^/\s]+/[^/\s]+)?$",
        description="AppConfig application/environment/profile with a routing table to use instead.",
    )
    routes_max_age_s: float = Field(
        60.0,
        ge=15,
        le=86_400,
        description="Seconds after which a table from SSM, AppConfig or a file is read again, before a batch.",
    )
    max_pending: int = Field(
        5_000,
        ge=1,
        le=10_000,
        description="Maximum number of unfinished offsets of a partition; above it new records are deferred.",
    )
    abandon_after_s: int = Field(
        172_800,
        ge=60,
        le=1_209_600,
        description="Seconds after which an unfinished offset that is no longer redelivered is abandoned; must be "
        "longer than the mapping's MaximumRecordAgeInSeconds, which is 7 days at most.",
    )
    event_claim_s: int = Field(
        86_400,
        ge=300,
        le=31_536_000,
        description="Seconds for which an event_id is remembered as dispatched (idempotency = event).",
    )
    checkpoint_s: float = Field(5.0, ge=0.1, le=300, description="Seconds between checkpoints of a long batch.")
    margin_s: float = Field(
        6.0,
        ge=1,
        le=60,
        description="Seconds before the Lambda deadline at which no new call is started, to leave time to settle.",
    )
    hold_queue_url: str = Field(
        "",
        alias="HOLD_QUEUE_URL",
        description="The SQS FIFO queue for messages whose destination is down; without it they wait in Kafka.",
    )
    divert_after_s: float = Field(
        2.0,
        ge=0.1,
        le=300,
        description="Seconds that a batch gives a destination in trouble before what it did not take is diverted.",
    )
    clusters: str = Field(
        "",
        description="The clusters to serve, separated by commas: an MSK cluster by its ARN, a self-managed one by its "
        "bootstrap servers, separated by semicolons. Unless it is set, records of any cluster are taken.",
    )
    late_after_s: float = Field(
        30.0,
        ge=1,
        le=86_400,
        description="Age of a record at the invocation, in seconds, above which the metric LateRecords counts it.",
    )
    call_timeout_s: float = Field(5.0, ge=0.1, le=60, description="Timeout of one call to a service, in seconds.")

    @field_validator("clusters")
    @classmethod
    def _names_one(cls, clusters: str) -> str:
        if clusters and not clusters_named(clusters):
            raise ExplainedError("it names no cluster, and would let the records of any in")
        return clusters

    @model_validator(mode="after")
    def _one_table(self) -> Self:
        given = {name: getattr(self, name) for name in ("routes_file", "routes_parameter", "routes_appconfig")}
        if sum(map(bool, given.values())) > 1:
            names = ", ".join(self.environment_name(name) for name, value in given.items() if value)
            raise ValueError(f"{names} are set, but the routing table has one source. Set only one of them.")
        return self
