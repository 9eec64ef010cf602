"""The producer's options: one place, read from the environment, checked at start."""

import os.path
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from comboio.contract.partition_key import KeyStrategy
from comboio.host.emf import AgentAddress
from comboio.settings import FILE
from producer.options.config_file import read_config_files
from producer.options.faults import parse_faults
from producer.options.foreign import check_foreign
from producer.options.instance import Instance
from producer.options.ramp import FASTEST, LONGEST_S, RampStep, parse_ramp
from producer.options.schema_settings import SchemaSettings
from producer.options.waits import check_waits
from producer.topics.file import SHIPPED


def _fault_counts(value: object) -> object:
    return parse_faults(value) if isinstance(value, str) else value


def _instance(value: object) -> object:
    return Instance.parse(value) if isinstance(value, str) else value


def _ramp(value: object) -> object:
    return parse_ramp(value) if isinstance(value, str) else value


def _names(value: object) -> object:
    return tuple(filter(None, (name.strip() for name in value.split(",")))) if isinstance(value, str) else value


def _code_list(value: object) -> object:
    return [code.strip() for code in value.split(",")] if isinstance(value, str) else value


class ProducerSettings(SchemaSettings):
    """Options of `python -m producer`."""

    PREFIX: ClassVar[str] = "PRODUCER_"

    rate: float = Field(
        13_000,
        ge=0,
        le=FASTEST,
        description="Maximum messages a second, all threads together, 0.001 or more; 0 is no limit.",
    )
    # At most: what a network card carries; a year; what a year of the fastest process makes; 32 bits (seed).
    bytes_rate: float = Field(
        0, ge=0, le=10**10, description="Payload bytes a second, all threads together; 0 is no limit."
    )
    duration: float = Field(
        0, ge=0, le=LONGEST_S, description="Seconds to produce for, a year at most; 0 is until it is stopped."
    )
    messages: int = Field(0, ge=0, le=10**13, description="Messages to produce, then stop; 0 is no limit.")
    threads: int = Field(1, ge=1, le=64, description="Worker threads; they share the rate and one Kafka client.")

    ramp: Annotated[tuple[RampStep, ...], BeforeValidator(_ramp)] = Field(
        (),
        description="Plan of threads (1:30s,5:60s,10:120s) or of rates (1000/s:30s,13000/s:2m); the run ends with it.",
    )
    instance: Annotated[Instance, BeforeValidator(_instance)] = Field(
        Instance(),
        description="Number of this producer among equal ones, as 0/2 and 1/2; each has a share of trucks or files.",
    )
    config_file: str = Field(
        "",
        description="Files of NAME=value lines, by systemd's rules, that override the environment; of several (a:b) "
        "the last wins, and one with - before it may be missing. SIGHUP reloads the rates from them.",
    )

    source: Literal["synthetic", "file", "stdin", "directory"] = Field(
        "synthetic", description="Where readings come from: a simulation, or JSON lines of a file, a pipe, a directory."
    )
    source_path: Path | None = Field(None, description="The file or directory of these sources.")
    source_names: Annotated[tuple[str, ...], BeforeValidator(_names)] = Field(
        ("*",),
        description="Names that the directory source reads, as patterns with commas: *.jsonl,*.json. Hidden, "
        "unfinished (.tmp, .part, .new) and compressed (.gz and others) files are never read.",
    )
    file_loop: bool = Field(False, description="Whether a file source starts over at its end.")
    timing: Literal["fast", "original"] = Field(
        "fast", description="Lines go as fast as the rate allows, or as their occurred_at says."
    )
    state_dir: Path | None = Field(
        None,
        description="Directory for what must outlive a run: unsent messages, rejects, progress in files; a service "
        "needs one. If unset, progress is not kept, and the rest goes to a temporary directory.",
    )
    reject_file: Path | None = Field(
        None, description="File for rejected readings and messages; unset is rejected.jsonl in the state directory."
    )

    seed: int = Field(
        1, ge=0, lt=2**32, description="Seed of the simulation; the same seed repeats trucks, codes and motion."
    )
    codes: int = Field(
        50,
        ge=5,
        le=1_000,
        description="Codes of the synthetic source, from 300 on, which the topics file must know (it knows 100); 20% "
        "of them make 80% of the traffic.",
    )
    trucks: int = Field(2_000, ge=1, le=100_000, description="Trucks of the synthetic source.")
    fleets: int = Field(20, ge=1, le=100, description="Fleets that the trucks belong to.")
    message_bytes: int = Field(
        200, ge=0, le=990_000, description="Minimum payload size in bytes; smaller payloads are padded."
    )

    topics_file: Path = Field(SHIPPED, description="Topics file: strategies and topics.")
    topic_strategy: str = Field(
        "domain+priority",
        min_length=1,
        description="Strategy of the topics file that resolves codes to topics.",
    )
    key_strategy: KeyStrategy = Field(
        KeyStrategy.CODIGO_TRUCK_ID, description="Fields that the partition key is made of."
    )
    key_heavy_codes: Annotated[tuple[int, ...], BeforeValidator(_code_list)] = Field(
        (301, 302, 303, 304, 305), description="Codes that codigo+bucket spreads over buckets, separated by commas."
    )
    key_buckets: int = Field(8, ge=1, le=1_000, description="Keys per heavy code with codigo+bucket.")

    routes_file: Path | None = Field(
        None,
        description="Routing table of version 2: lines are read by its contract with PRODUCER_TOPIC instead of the "
        "fleet's own, and go to that topic as they are, keyed by their entity.",
    )
    topic: str = Field(
        "", max_length=249, description="Topic of all lines where PRODUCER_ROUTES_FILE says how they are read."
    )

    trace_ratio: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Share of the messages whose traceparent says that they are sampled, so that what handles them "
        "traces them; each has a log line once it is acknowledged. 0.0001 is 1.3 a second at 13,000.",
    )

    compression: Literal["none", "lz4", "zstd", "snappy", "gzip"] = Field(
        "lz4", description="Compression of message sets."
    )
    linger_ms: float = Field(
        50,
        ge=0,
        le=60_000,
        description="Milliseconds that a message waits for others to share its request; half of "
        "PRODUCER_DELIVERY_TIMEOUT_MS at most.",
    )
    queue_messages: int = Field(
        100_000,
        ge=10,
        le=10_000_000,
        description="Maximum messages in the Kafka client's queue; near it the producer slows down.",
    )
    delivery_timeout_ms: int = Field(
        120_000,
        ge=1_000,
        le=86_400_000,
        description="Milliseconds without an acknowledgement after which messages go to the spool and are sent again.",
    )
    flush_timeout: float = Field(
        30, ge=0, le=3_600, description="Maximum seconds to wait for acknowledgements at the end."
    )
    connect_timeout: float = Field(
        10, ge=1, le=300, description="Timeout in seconds for Kafka's first answer at the start."
    )

    stats_file: Path | None = Field(
        None, description="File for the figures, as lines of JSON; unset is standard output."
    )
    stats_interval: float = Field(
        1,
        ge=0.1,
        le=3_600,
        description="Seconds between two lines of figures. Progress and rejects are written down as often, and once a "
        "second at least.",
    )
    metrics_port: int = Field(0, ge=0, le=65_535, description="Port of the Prometheus endpoint /metrics; 0 is none.")
    metrics_host: str = Field("127.0.0.1", min_length=1, description="Address that the Prometheus endpoint listens on.")
    emf_agent: AgentAddress = Field(
        "",
        description="CloudWatch agent (127.0.0.1:25888) that gets the figures as EMF over UDP; unset is none.",
    )
    ack_journal: Path | None = Field(
        None, description="File for one line for each acknowledged message; unset is none."
    )
    faults: Annotated[dict[str, int], BeforeValidator(_fault_counts)] = Field(
        default_factory=dict,
        description="Bad input on purpose, spread over the run: malformed=20,unknown_codigo=20,tombstone=5.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Minimum level of the log lines on standard error."
    )

    @model_validator(mode="after")
    def _check_waits(self) -> Self:
        check_waits(self.rate, self.bytes_rate, self.linger_ms, self.delivery_timeout_ms)
        return self

    @model_validator(mode="after")
    def _check_foreign(self) -> Self:
        check_foreign(self.routes_file, self.topic, self.source, self.model_fields_set)
        return self

    @model_validator(mode="after")
    def _check_faults(self) -> Self:
        if self.faults and self.format != "json":
            raise ValueError(
                f"PRODUCER_FAULTS spoils JSON, and PRODUCER_FORMAT is {self.format}. Leave one of them out."
            )
        return self

    @model_validator(mode="after")
    def _check_source(self) -> Self:
        if self.source in ("file", "directory"):
            is_there = os.path.isdir if self.source == "directory" else os.path.isfile  # a Path's own raise OSError
            if self.source_path is None or not is_there(self.source_path):
                raise ValueError(
                    f"PRODUCER_SOURCE={self.source} needs PRODUCER_SOURCE_PATH to be an existing {self.source}. "
                    "Check that it is there, and that this user may look into the directories on the way."
                )
        if self.source == "directory" and self.state_dir is None:
            raise ValueError(
                "PRODUCER_SOURCE=directory needs PRODUCER_STATE_DIR, to know after a restart what was sent."
            )
        return self

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        """Return the options of `environ` and of the config files that it names, which win.

        Raises:
            SettingsError: something is wrong.
        """
        name = cls.environment_name("config_file")
        if not environ.get(name):
            return cls.from_environment(environ)
        values = read_config_files(environ[name])
        # The other form of what the file says is not a second value, but the one that the file wins over.
        others = {key.removesuffix(FILE) if key.endswith(FILE) else key + FILE for key in values}
        return cls.from_environment({**{key: text for key, text in environ.items() if key not in others}, **values})
