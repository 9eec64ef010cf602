"""How the Kafka client reaches its cluster, and what it promises: the options of a section, and the client's own."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from comboio.kafka_connection import KafkaConnectionSettings
from dispatcher.destinations.options import Options

_SERVERS = r"^[^\s,/@]+:\d{1,5}(,[^\s,/@]+:\d{1,5})*$"
CLUSTER = r"^(arn:aws[a-z-]*:kafka:[a-z0-9-]+:\d{12}:cluster/[A-Za-z0-9-]+/[A-Za-z0-9-]+)?$"

_BATCH_SHARE = 0.95
"""Share of the topic's limit that a batch is filled to: a client that is told the limit itself exceeds it at times."""

_CONNECT_MS = 2_000
"""Milliseconds for a connection, TLS and login with it: a broker that does not answer must not cost a whole call."""

_UNKNOWN_AFTER_MS = 1_000
"""Milliseconds after which a topic that no broker knows is an error. The client's own 30 s are longer than a call."""

NEEDS_LAYER = (
    'type: "kafka" needs the package {package}, which is not in the function. Build the Kafka layer, publish it and '
    "deploy with its KafkaLayerArn (docs/reference/destinations.md#kafka)"
)
"""The error of a table that has such a destination where the layer is missing."""


class KafkaOptions(Options):
    """Options of `kafka`. Those of the connection mean the same as the producer's and the consumer's."""

    bootstrap_servers: str = Field(
        pattern=_SERVERS, description="Kafka's bootstrap servers, host:port, separated by commas."
    )
    security: Literal["plaintext", "tls", "scram", "msk-iam"] = Field(
        "plaintext", description="How to reach Kafka, as the producer's PRODUCER_SECURITY says it."
    )
    tls_ca: str = Field("", description="PEM file of the authorities to trust instead of the system's.")
    tls_certificate: str = Field("", description="PEM file of the client's certificate, for mutual TLS.")
    tls_key: str = Field("", description="PEM file of the client certificate's key.")
    scram_user: str = Field("", description="SASL/SCRAM user.")
    scram_password: str = Field("", description="SASL/SCRAM password, as a variable: `$ROUTE_KAFKA_PASSWORD`.")
    cluster: str = Field(
        "",
        pattern=CLUSTER,
        description="ARN of the MSK cluster: msk-iam needs it, and by it a record is known that came from there.",
    )
    concurrency: int = Field(
        1, ge=1, le=1, description="Calls in flight: one, as it has a whole batch, and its client sends side by side."
    )
    max_messages: int = Field(10_000, ge=1, le=10_000, description="Maximum messages of a call.")
    max_message_kib: int = Field(1024, ge=1, le=102_400, description="The topic's max.message.bytes, in KiB.")
    timeout_s: float = Field(5.0, ge=0.5, le=60, strict=False, description="Seconds for a call in all.")
    timestamp: Literal["record", "now"] = Field(
        "record", description="A message's time: the record's own, or that of the call."
    )
    max_hops: int = Field(
        8,
        ge=1,
        le=100,
        description="Times that a record may be sent on from topic to topic; ends what goes in a circle.",
    )


def client_options(options: KafkaOptions, shown: Callable[[str], str]) -> dict[str, Any]:
    """Return librdkafka's configuration; `shown` says how an error may show an option.

    Raises:
        ValueError: options that do not go together, a file that cannot be read, or a package that is missing.
    """
    _check(options, shown)
    limit = options.max_message_kib * 1024
    return {
        "bootstrap.servers": options.bootstrap_servers,
        "client.id": "comboio-dispatcher",
        "acks": "all",
        "enable.idempotence": True,
        "partitioner": "murmur2_random",  # Java's: the records of a key stay together, as in their own topic
        "compression.type": "lz4",
        "message.max.bytes": max(limit, 1_000),
        "batch.size": int(limit * _BATCH_SHARE),
        # The client gives nothing up by itself, and what a call has not heard of by its end is purged.
        "delivery.timeout.ms": 0,
        "topic.metadata.propagation.max.ms": _UNKNOWN_AFTER_MS,
        "socket.connection.setup.timeout.ms": _CONNECT_MS,
        "socket.keepalive.enable": True,
        "log_level": 0,  # it writes to stderr past the function's log; what it has to say is in the faults
        **_security(options),
    }


def _check(options: KafkaOptions, shown: Callable[[str], str]) -> None:
    scram = [name for name in ("scram_user", "scram_password") if getattr(options, name)]
    tls = [name for name in ("tls_ca", "tls_certificate", "tls_key") if getattr(options, name)]
    if options.security == "scram" and len(scram) < 2:
        raise ValueError('scram_user and scram_password: security = "scram" needs both')
    if options.security == "msk-iam" and not options.cluster:
        raise ValueError('cluster: security = "msk-iam" needs the ARN of the cluster')
    without_use = [*(scram if options.security != "scram" else ()), *(tls if options.security == "plaintext" else ())]
    if without_use:
        raise ValueError(
            f'{" and ".join(without_use)}: it has no effect with security = "{options.security}". Leave it out'
        )
    if bool(options.tls_certificate) != bool(options.tls_key):
        raise ValueError("tls_certificate and tls_key: one is given without the other. Give both, or none")
    for name in tls:
        if not os.access(getattr(options, name), os.R_OK):
            raise ValueError(f"{name}: {shown(name)} cannot be read")


def _security(options: KafkaOptions) -> dict[str, Any]:
    files = {name: Path(getattr(options, name)) for name in ("tls_ca", "tls_certificate", "tls_key")}
    settings = KafkaConnectionSettings.model_validate(
        {
            "bootstrap_servers": options.bootstrap_servers,
            "security": options.security,
            **{name: path for name, path in files.items() if getattr(options, name)},
            "scram_user": options.scram_user,
            "scram_password": options.scram_password,
            "aws_region": options.cluster.split(":")[3] if options.cluster else "",
        }
    )
    try:
        return settings.security_options()
    except ImportError as error:
        raise ValueError(NEEDS_LAYER.format(package=error.name)) from None
