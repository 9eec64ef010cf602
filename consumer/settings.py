"""The consumer's options."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from comboio.host.emf import AgentAddress
from consumer.event import EventSource, envelope_bytes
from consumer.filtering.criteria import Mismatch, read_criteria
from consumer.inflight.inflight import RetryMode
from consumer.inflight.retry import FOREVER
from consumer.invoke.faults import Faults
from consumer.invoke.settings import FunctionSettings
from consumer.kafka.brokers import EVERY_S
from consumer.kafka.client_options import read_client_options
from consumer.on_failure.where import check_destination, kafka_topic

_SMALLEST_RECORD_BYTES = 256
"""What must fit into an event beside its envelope: a record with a short key and no value."""

_PARTITIONS_LOOKED_FOR_MS = 30_000
"""Those that are added wait for as long; the client's default is five minutes. Each time is one small request."""


class ConsumerSettings(FunctionSettings):
    """Named after the event source mapping's own options where it has them."""

    event_source_arn: str = Field(
        "",
        pattern=r"^(arn:[\w-]+:kafka:[^\s]+)?$",
        description="ARN of the MSK cluster: events are then those of an MSK mapping; unset is self-managed Kafka.",
    )
    topics: Annotated[str, Field(min_length=1)] = Field(
        description="Topics to consume, separated by commas; they must exist."
    )
    group_id: Annotated[str, Field(min_length=1)] = Field("comboio-consumer", description="The consumer group.")
    batch_size: int = Field(100, ge=1, le=10_000, description="Maximum batch size in records.")
    batch_window_s: float = Field(0.5, ge=0, le=300, description="Maximum batching window in seconds.")
    payload_bytes: int = Field(
        6 * 1024 * 1024, ge=1024, le=6 * 1024 * 1024, description="Maximum event size as JSON; Lambda's is 6 MB."
    )
    consumption_mode: Literal["Stream", "Queue"] = Field(
        "Stream",
        description="Queue imitates Lambda's Queue mode, for tests and proofs: a partition's records go to several "
        "invocations at once and in no order, and each comes again by itself.",
    )
    retry: RetryMode = Field(
        RetryMode.FAILED,
        description="What a failure redelivers: failed records, all from the lowest failed offset, or the batch.",
    )
    function_response_types: Literal["ReportBatchItemFailures", "none"] = Field(
        "ReportBatchItemFailures",
        description="Whether the answer is read as a partial batch response; with none, any answer is a success.",
    )
    bisect_batch_on_function_error: bool = Field(
        False, description="Whether a batch that the function fails as a whole is split in two before its retry."
    )
    maximum_retry_attempts: int = Field(
        FOREVER, ge=-1, le=10_000, description="Maximum retries before records are discarded; -1 is no limit."
    )
    maximum_record_age_s: int = Field(
        FOREVER, ge=-1, le=604_800, description="Age in seconds after which a failed record is discarded; -1 is none."
    )
    backoff_base_s: float = Field(
        0.2, gt=0, le=3_600, description="Seconds before the first retry; they double with each retry."
    )
    backoff_cap_s: float = Field(30, gt=0, le=3_600, description="Maximum seconds before a retry.")
    on_failure: str = Field(
        "",
        description="Destination of discarded records: a directory, s3://bucket/prefix, kafka://topic, or the ARN of "
        "an SQS queue, an SNS topic or a bucket. Both limits need it.",
    )
    max_in_flight: int = Field(
        10_000,
        ge=1,
        le=10_000_000,
        description="Maximum offsets of a partition that are invoked past its committed offset; a crash redelivers "
        "no more.",
    )
    filter_criteria: str = Field(
        "",
        description='FilterCriteria as JSON, {"Filters": [{"Pattern": "..."}]}: '
        "records that none takes count as handled without an invocation.",
    )
    filter_mismatch: Mismatch = Field(
        Mismatch.PASS,
        description="How to handle a value whose format is not the pattern's, such as text where JSON is expected.",
    )
    starting_position: Literal["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"] = Field(
        "TRIM_HORIZON", description="Where a new group begins; LATEST misses what comes before its first start."
    )
    starting_position_timestamp: float | None = Field(
        None,
        ge=0,
        le=253_402_300_799,
        description="Time that a new group begins at, in seconds since 1970, for AT_TIMESTAMP.",
    )
    assignment: Literal["cooperative-sticky", "range", "roundrobin"] = Field(
        "cooperative-sticky", description="Assignment strategy of the group's partitions."
    )
    session_timeout_s: float = Field(
        45,
        ge=1,
        le=300,
        description="Session timeout in seconds: a silent member leaves the group.",
    )
    revoke_wait_s: float = Field(
        30, ge=0, le=240, description="Maximum seconds that a rebalance waits for the batches in flight."
    )
    journal: Path | None = Field(None, description="File that gets a line before and after each invocation.")
    stats_file: Path | None = Field(None, description="File for the statistics of each second; unset is stdout.")
    record: Path | None = Field(
        None,
        description="Directory that gets each event and what the function answered; they have the messages themselves.",
    )
    health_port: int = Field(
        0, ge=0, le=65_535, description="Port of the HTTP endpoint, /health and /metrics (Prometheus); 0 is none."
    )
    health_host: str = Field("127.0.0.1", min_length=1, description="Address that the HTTP endpoint listens on.")
    emf_agent: AgentAddress = Field(
        "",
        description="CloudWatch agent (127.0.0.1:25888) that gets the statistics as EMF over UDP; unset is none.",
    )
    faults: str = Field("", description="Faults on purpose: redeliver=3 delivers the third batch that succeeds twice.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", alias="LOG_LEVEL", description="Minimum log level."
    )

    @field_validator("topics")
    @classmethod
    def _names(cls, topics: str) -> str:
        if not all(name.strip() for name in topics.split(",")):
            raise ValueError("a topic's name is empty")
        names = [name.strip() for name in topics.split(",")]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"{', '.join(twice)} is given twice")
        return topics

    @field_validator("faults")
    @classmethod
    def _known_faults(cls, faults: str) -> str:
        Faults.parse(faults)
        return faults

    @field_validator("filter_criteria")
    @classmethod
    def _filters(cls, criteria: str) -> str:
        read_criteria(criteria)
        return criteria

    @field_validator("maximum_record_age_s")
    @classmethod
    def _age(cls, age: int) -> int:
        if -1 < age < 60:
            raise ValueError("an age is at least 60 s, or -1 for none")
        return age

    @field_validator("on_failure")
    @classmethod
    def _destination(cls, where: str) -> str:
        check_destination(where)
        return where

    @model_validator(mode="after")
    def _no_recursion(self) -> Self:
        if kafka_topic(self.on_failure) in self.topic_names:
            raise ValueError("CONSUMER_ON_FAILURE names a topic of CONSUMER_TOPICS: records would come back for ever.")
        return self

    @model_validator(mode="after")
    def _queue_mode_has_no_batches_to_repeat(self) -> Self:
        if self.consumption_mode == "Queue" and (
            self.retry is not RetryMode.FAILED or self.bisect_batch_on_function_error
        ):
            raise ValueError(
                "CONSUMER_CONSUMPTION_MODE=Queue delivers each record again by itself. Set CONSUMER_RETRY=failed, and "
                "no CONSUMER_BISECT_BATCH_ON_FUNCTION_ERROR."
            )
        return self

    @model_validator(mode="after")
    def _a_time_to_begin_at(self) -> Self:
        if self.starting_position == "AT_TIMESTAMP" and self.starting_position_timestamp is None:
            raise ValueError("CONSUMER_STARTING_POSITION=AT_TIMESTAMP needs CONSUMER_STARTING_POSITION_TIMESTAMP.")
        return self

    @model_validator(mode="after")
    def _nothing_is_lost(self) -> Self:
        bounded = self.maximum_retry_attempts != FOREVER or self.maximum_record_age_s != FOREVER
        if bounded and not self.on_failure:
            raise ValueError(
                "CONSUMER_ON_FAILURE is not set, but CONSUMER_MAXIMUM_RETRY_ATTEMPTS or CONSUMER_MAXIMUM_RECORD_AGE_S "
                "discards records. Name a directory or s3://bucket/prefix for them, or set both to -1."
            )
        return self

    @model_validator(mode="after")
    def _a_record_fits(self) -> Self:
        if self.records_bytes < _SMALLEST_RECORD_BYTES:
            raise ValueError(
                "CONSUMER_PAYLOAD_BYTES leaves no room for a record beside KAFKA_BOOTSTRAP_SERVERS, which each event "
                "repeats. Raise it, or name fewer servers."
            )
        return self

    @property
    def topic_names(self) -> list[str]:
        """The topics, one by one."""
        return [name.strip() for name in self.topics.split(",")]

    @property
    def source(self) -> EventSource:
        """The cluster that events name."""
        return EventSource(self.bootstrap_servers, self.event_source_arn)

    @property
    def records_bytes(self) -> int:
        """Maximum size of an event's records."""
        return self.payload_bytes - envelope_bytes(self.source)

    def librdkafka(self) -> dict[str, str | int | float | bool]:
        """Return the client's configuration, without what `security` adds."""
        return {
            "queued.max.messages.kbytes": 16 * 1024,  # bounds the memory of what is fetched ahead
            "fetch.queue.backoff.ms": 50,  # the default, 1 s, is a hole in the flow when that bound is met
            "topic.metadata.refresh.interval.ms": _PARTITIONS_LOOKED_FOR_MS,
            **read_client_options(self.client_options.get_secret_value()),
            **self.own_client_options(),
        }

    def own_client_options(self) -> dict[str, str | int | float | bool]:
        """Return what the consumer sets whatever CONSUMER_CLIENT_OPTIONS says; each name is in OWN_OPTIONS."""
        poll_s = max(300.0, self.function_timeout_s + self.revoke_wait_s + 60)
        return {
            "bootstrap.servers": self.bootstrap_servers,
            "group.id": self.group_id,
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "earliest",  # LATEST is committed before the group is joined
            "partition.assignment.strategy": self.assignment,
            "session.timeout.ms": int(self.session_timeout_s * 1000),
            "heartbeat.interval.ms": int(min(3000, self.session_timeout_s * 1000 / 3)),
            "statistics.interval.ms": EVERY_S * 1000,
            "max.poll.interval.ms": int(max(poll_s, self.session_timeout_s) * 1000),
        }
