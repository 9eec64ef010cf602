"""The replayer's options."""

from typing import ClassVar, Literal

from pydantic import Field

from comboio.settings import Settings


class ReplayerSettings(Settings):
    """Read once, when an execution environment starts."""

    PREFIX: ClassVar[str] = "REPLAYER_"

    dead_letter_queue_url: str = Field(
        alias="DEAD_LETTER_QUEUE_URL", min_length=1, description="The SQS queue that keeps dead letters."
    )
    parking_queue_url: str = Field(
        alias="PARKING_QUEUE_URL", min_length=1, description="The SQS queue for letters that are set aside."
    )
    dead_letter_bucket: str = Field(
        "", alias="DEAD_LETTER_BUCKET", description="The S3 bucket for letters larger than SQS takes."
    )
    dispatcher_function: str = Field(
        alias="DISPATCHER_FUNCTION", min_length=1, description="Name or ARN of the dispatcher."
    )
    dispatcher_timeout_s: int = Field(30, ge=1, le=900, description="The dispatcher's own timeout.")
    function_name: str = Field(
        "", alias="AWS_LAMBDA_FUNCTION_NAME", description="This function's name, to go on by invoking itself."
    )
    ledger_table: str = Field(
        "", alias="LEDGER_TABLE", description="The table where letters are claimed for the target kafka."
    )
    claim_s: int = Field(
        1_209_600, ge=300, le=31_536_000, description="For so long a letter counts as replayed to Kafka."
    )
    bootstrap_servers: str = Field(
        "", alias="KAFKA_BOOTSTRAP_SERVERS", description="Kafka brokers, host:port by comma, for the target kafka."
    )
    kafka_auth: Literal["none", "iam"] = Field("none", description="How to sign in to Kafka: not at all, or MSK IAM.")
    batch: int = Field(250, ge=1, le=5_000, description="Letters in one invocation of the dispatcher, at the most.")
    lanes: int = Field(4, ge=1, le=64, description="Invocations of the dispatcher at the same time.")
    readers: int = Field(8, ge=1, le=32, description="Calls of SQS at the same time.")
    window: int = Field(2_000, ge=10, le=50_000, description="Letters in memory at a time; their order is per window.")
    wait_s: int = Field(1, ge=0, le=20, description="Seconds to wait for letters before the queue counts as empty.")
    margin_s: float = Field(
        15.0, ge=1, le=300, description="Before the deadline by this, nothing more is begun: time to hear and put back."
    )
    call_timeout_s: float = Field(10.0, gt=0, le=60, description="Seconds to wait for a service's answer.")
