"""Options of a sample that is read from a topic."""

from typing import ClassVar

from pydantic import Field

from comboio.kafka_connection import KafkaConnectionSettings
from plan.sample.sample import MOST_MESSAGES


class SampleSettings(KafkaConnectionSettings):
    """How to reach the cluster, and how much to read; `SAMPLE=kafka://...` names the brokers."""

    PREFIX: ClassVar[str] = "PLAN_"

    sample_records: int = Field(
        100_000, ge=1, le=MOST_MESSAGES, description="The newest records of the topic that a sample reads, about."
    )
    sample_timeout_s: float = Field(
        30.0, gt=0, le=3600, description="Seconds without a record after which reading the topic has failed."
    )
