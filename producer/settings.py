"""The producer's options: one place, read from the environment, checked at start."""

from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from comboio.partition_key import KeyStrategy
from comboio.settings import Settings
from producer.fault import parse_faults
from producer.topic import SHIPPED


def _fault_counts(value: object) -> object:
    return parse_faults(value) if isinstance(value, str) else value


def _code_list(value: object) -> object:
    return [code.strip() for code in value.split(",")] if isinstance(value, str) else value


class ProducerSettings(Settings):
    """Options of `python -m producer`."""

    PREFIX: ClassVar[str] = "PRODUCER_"

    bootstrap: str = Field(
        alias="KAFKA_BOOTSTRAP_SERVERS", min_length=1, description="Kafka's addresses, host:port with commas."
    )

    rate: float = Field(
        13_000,
        ge=0,
        le=10_000_000,
        description="Messages a second, all threads together; 0 is as fast as it goes.",
    )
    bytes_rate: float = Field(0, ge=0, description="Payload bytes a second, all threads together; 0 is no limit.")
    duration: float = Field(0, ge=0, description="Seconds to produce for; 0 is until it is stopped.")
    messages: int = Field(0, ge=0, description="Messages to produce, then stop; 0 is no limit.")
    threads: int = Field(1, ge=1, le=64, description="Worker threads; they share the rate and one Kafka client.")

    seed: int = Field(1, description="Seed of the synthetic fleet; the same seed repeats trucks, codes and motion.")
    codes: int = Field(
        50,
        ge=5,
        le=1_000,
        description="How many codes the synthetic source says, from 300 on; 80% of traffic from 20% of them.",
    )
    trucks: int = Field(2_000, ge=1, le=999_999, description="Trucks of the synthetic source.")
    fleets: int = Field(20, ge=1, le=100, description="Fleets that the trucks belong to.")
    message_bytes: int = Field(
        200, ge=0, le=1_000_000, description="Least payload size in bytes; smaller payloads are padded."
    )

    topics_file: Path = Field(SHIPPED, description="Topics file: strategies and topics.")
    topic_strategy: str = Field(
        "domain+priority",
        min_length=1,
        description="Which strategy of the topics file resolves codes to topics.",
    )
    key_strategy: KeyStrategy = Field(KeyStrategy.CODIGO_TRUCK_ID, description="What the partition key is made of.")
    key_heavy_codes: Annotated[tuple[int, ...], BeforeValidator(_code_list)] = Field(
        (301, 302, 303, 304, 305), description="Codes that codigo+bucket spreads, with commas."
    )
    key_buckets: int = Field(8, ge=1, le=1_000, description="Keys per heavy code with codigo+bucket.")

    compression: Literal["none", "lz4", "zstd", "snappy", "gzip"] = Field(
        "lz4", description="Compression of message sets."
    )
    linger_ms: float = Field(
        50, ge=0, le=900_000, description="Milliseconds a message may wait for others to share its request."
    )
    queue_messages: int = Field(
        100_000,
        ge=10,
        le=10_000_000,
        description="Messages that may wait for Kafka before the producer slows down.",
    )
    delivery_timeout_ms: int = Field(
        120_000,
        ge=1_000,
        le=86_400_000,
        description="Milliseconds after which an unacknowledged message has failed.",
    )
    flush_timeout: float = Field(
        30, ge=0, le=3_600, description="Seconds to wait at the end for what was sent to be acknowledged."
    )
    connect_timeout: float = Field(10, gt=0, le=300, description="Seconds that Kafka may take to answer at start.")

    stats_file: Path | None = Field(
        None, description="File that gets one JSON line of figures a second; unset is standard output."
    )
    ack_journal: Path | None = Field(
        None, description="File that gets one line for each acknowledged message; unset is none."
    )
    faults: Annotated[dict[str, int], BeforeValidator(_fault_counts)] = Field(
        default_factory=dict,
        description="Bad input on purpose, spread over the run: malformed=20,unknown_codigo=20,tombstone=5.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least level logged to standard error."
    )
