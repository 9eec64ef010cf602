"""The options of the replayer."""

from typing import ClassVar, Literal

from pydantic import Field

from comboio.settings import Settings


class ReplayerSettings(Settings):
    """Read once, when an execution environment starts."""

    PREFIX: ClassVar[str] = "REPLAYER_"

    dead_letter_queue_url: str = Field(
        alias="DEAD_LETTER_QUEUE_URL", min_length=1, description="URL of the SQS queue with the dead letters."
    )
    parking_queue_url: str = Field(
        alias="PARKING_QUEUE_URL", min_length=1, description="URL of the SQS queue for parked letters."
    )
    hold_queue_url: str = Field(
        "",
        alias="HOLD_QUEUE_URL",
        description="URL of the hold queue; without it the replayer refuses the source hold.",
    )
    dead_letter_bucket: str = Field(
        "", alias="DEAD_LETTER_BUCKET", description="S3 bucket for letters larger than SQS takes."
    )
    dispatcher_function: str = Field(
        alias="DISPATCHER_FUNCTION", min_length=1, description="Name or ARN of the dispatcher function."
    )
    dispatcher_timeout_s: int = Field(30, ge=1, le=900, description="Timeout of the dispatcher function in seconds.")
    function_name: str = Field(
        "",
        alias="AWS_LAMBDA_FUNCTION_NAME",
        description="Name of this function, with which it can invoke itself to continue.",
    )
    ledger_table: str = Field(
        "",
        alias="LEDGER_TABLE",
        description="DynamoDB table of the claims for letters to Kafka, and of what waits in the hold queue.",
    )
    claim_s: int = Field(
        1_209_600, ge=300, le=31_536_000, description="Seconds a letter is remembered as replayed to Kafka."
    )
    bootstrap_servers: str = Field(
        "",
        alias="KAFKA_BOOTSTRAP_SERVERS",
        description="Kafka brokers for the target kafka: host:port, separated by commas.",
    )
    kafka_auth: Literal["none", "iam"] = Field(
        "none", description="Authentication at Kafka: none, or iam for Amazon MSK."
    )
    batch: int = Field(250, ge=1, le=5_000, description="Maximum letters in one invocation of the dispatcher.")
    workers: int = Field(4, ge=1, le=64, description="Invocations of the dispatcher at the same time.")
    readers: int = Field(8, ge=1, le=32, description="Receive calls to SQS at the same time.")
    window: int = Field(
        2_000, ge=10, le=50_000, description="Maximum letters in memory; order is kept within such a window."
    )
    wait_s: int = Field(1, ge=0, le=20, description="Seconds to wait for letters before the queue counts as empty.")
    margin_s: float = Field(
        15.0,
        ge=1,
        le=300,
        description="Seconds before the deadline, beside the target's own time, at which no new call is started.",
    )
    call_timeout_s: float = Field(10.0, ge=0.1, le=60, description="Timeout of one call to an AWS service in seconds.")
