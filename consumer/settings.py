"""The consumer's options."""

from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from comboio.settings import ExplainedError, Settings
from consumer.faults import Faults
from consumer.inflight import RetryMode
from consumer.retry import FOREVER

OWN_OPTIONS = frozenset(
    {
        "bootstrap.servers",
        "group.id",
        "enable.auto.commit",
        "enable.auto.offset.store",
        "auto.offset.reset",
        "partition.assignment.strategy",
        "session.timeout.ms",
        "max.poll.interval.ms",
    }
)
"""What CONSUMER_CLIENT_OPTIONS may not say: the consumer's correctness, or an option of its own."""


class ConsumerSettings(Settings):
    """Named after the event source mapping's own options where it has them."""

    PREFIX: ClassVar[str] = "CONSUMER_"

    bootstrap_servers: Annotated[str, Field(min_length=1)] = Field(
        alias="KAFKA_BOOTSTRAP_SERVERS", description="Kafka brokers to begin with, host:port, by comma."
    )
    topics: Annotated[str, Field(min_length=1)] = Field(description="Topics to consume, by comma; they must exist.")
    group_id: Annotated[str, Field(min_length=1)] = Field("comboio-consumer", description="The consumer group.")
    function: Annotated[str, Field(min_length=1)] = Field(
        description="package.module:callable to invoke in this process, or a Lambda function's name or ARN."
    )
    function_name: str = Field("", description="What a handler in this process sees as its function's name.")
    function_timeout_s: float = Field(30, gt=0, le=840, description="The function's timeout; 14 min is AWS's most.")
    function_memory_mb: int = Field(1769, ge=128, le=10240, description="What the context says of memory, in MB.")
    batch_size: int = Field(100, ge=1, le=10_000, description="Most records of one invocation.")
    batch_window_s: float = Field(0.5, ge=0, le=300, description="Longest that a record waits for its batch.")
    payload_bytes: int = Field(
        6 * 1024 * 1024, ge=1024, le=6 * 1024 * 1024, description="Largest event, as JSON; Lambda takes 6 MB."
    )
    retry: RetryMode = Field(RetryMode.FAILED, description="What is tried again: failed, lowest or batch.")
    maximum_retry_attempts: int = Field(
        FOREVER, ge=-1, le=10_000, description="Retries before records are given up; -1 is without end."
    )
    maximum_record_age_s: int = Field(
        FOREVER, ge=-1, le=604_800, description="Age past which a failed record is given up; -1 is none."
    )
    backoff_base_s: float = Field(0.2, gt=0, description="Wait before the first retry; it doubles with each.")
    backoff_cap_s: float = Field(30, gt=0, description="Longest wait before a retry.")
    on_failure: str = Field(
        "", description="Where records go that are given up: a directory, or s3://bucket/prefix. Needed by both bounds."
    )
    max_in_flight: int = Field(
        10_000, ge=1, description="Offsets of a partition that may be fetched past its commit position."
    )
    starting_position: Literal["TRIM_HORIZON", "LATEST"] = Field(
        "TRIM_HORIZON", description="Where a new group begins; LATEST can miss records."
    )
    assignment: Literal["cooperative-sticky", "range", "roundrobin"] = Field(
        "cooperative-sticky", description="How the group shares the partitions."
    )
    session_timeout_s: float = Field(45, ge=1, le=300, description="Silence after which the group drops a consumer.")
    revoke_wait_s: float = Field(
        30, ge=0, le=240, description="Longest that a rebalance waits for the batch in flight."
    )
    client_options: SecretStr = Field(SecretStr(""), description="More options of librdkafka: name=value, by comma.")
    journal: Path | None = Field(None, description="File that gets a line before and after each invocation.")
    stats_file: Path | None = Field(None, description="File for the statistics of each second; else stdout.")
    faults: str = Field("", description="Faults on purpose: redeliver=3 delivers the third batch that succeeds twice.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", alias="LOG_LEVEL", description="The least that is logged."
    )

    @field_validator("topics")
    @classmethod
    def _names(cls, topics: str) -> str:
        if not all(name.strip() for name in topics.split(",")):
            raise ValueError("a topic's name is empty")
        return topics

    @field_validator("faults")
    @classmethod
    def _known_faults(cls, faults: str) -> str:
        Faults.parse(faults)
        return faults

    @field_validator("client_options")
    @classmethod
    def _pairs(cls, text: SecretStr) -> SecretStr:
        for name in OWN_OPTIONS & _options(text.get_secret_value()).keys():
            raise ExplainedError(f"{name} is not free: the consumer sets it")
        return text

    @field_validator("maximum_record_age_s")
    @classmethod
    def _age(cls, age: int) -> int:
        if -1 < age < 60:
            raise ValueError("an age is at least 60 s, or -1 for none")
        return age

    @model_validator(mode="after")
    def _nothing_is_lost(self) -> Self:
        bounded = self.maximum_retry_attempts != FOREVER or self.maximum_record_age_s != FOREVER
        if bounded and not self.on_failure:
            raise ValueError(
                "CONSUMER_ON_FAILURE is not set, but CONSUMER_MAXIMUM_RETRY_ATTEMPTS or CONSUMER_MAXIMUM_RECORD_AGE_S "
                "gives records up. Name a directory or s3://bucket/prefix for them, or set both to -1."
            )
        return self

    @property
    def topic_names(self) -> list[str]:
        """The topics, one by one."""
        return [name.strip() for name in self.topics.split(",")]

    def librdkafka(self) -> dict[str, str | int | float | bool]:
        """The client's configuration."""
        poll_s = max(300.0, self.function_timeout_s + self.revoke_wait_s + 60)
        return {
            "queued.max.messages.kbytes": 16 * 1024,  # bounds the memory of what is fetched ahead
            "fetch.queue.backoff.ms": 50,  # the default, 1 s, is a hole in the flow when that bound is met
            **_options(self.client_options.get_secret_value()),
            "bootstrap.servers": self.bootstrap_servers,
            "group.id": self.group_id,
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "earliest" if self.starting_position == "TRIM_HORIZON" else "latest",
            "partition.assignment.strategy": self.assignment,
            "session.timeout.ms": int(self.session_timeout_s * 1000),
            "heartbeat.interval.ms": int(min(3000, self.session_timeout_s * 1000 / 3)),
            "max.poll.interval.ms": int(max(poll_s, self.session_timeout_s) * 1000),
        }


def _options(text: str) -> dict[str, str]:
    found = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = part.partition("=")
        if not equals or not name.strip():
            raise ExplainedError("a part of it is not name=value")
        found[name.strip()] = value.strip()
    return found
