"""The destination that CONSUMER_ON_FAILURE names, in the words of a mapping's DestinationConfig or as a path."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from comboio.host.disk import Disk, SystemCalls
from consumer.on_failure.destination import DirectoryDestination, OnFailure, S3Destination
from consumer.on_failure.kafka_topic import KafkaDestination
from consumer.on_failure.notice import QueueDestination, TopicDestination

KAFKA = "kafka://"
S3 = "s3://"
_BUCKET_ARN = ":s3:::"

_WAITS: dict[str, Any] = {"connect_timeout": 5, "read_timeout": 10, "retries": {"total_max_attempts": 2}}
"""The mapping waits for a write, and tries it again by itself."""

Connect = Callable[[str, str], Any]
"""Makes a client of a service in a region; an empty one is the environment's."""


def _client(service: str, region: str) -> Any:
    import boto3  # half of the time that a start takes, and most consumers need no client
    from botocore.config import Config

    return boto3.client(service, region_name=region or None, config=Config(**_WAITS))  # type: ignore[call-overload]  # any service


def kafka_topic(where: str) -> str:
    """Return the topic that a destination names, or nothing."""
    return where.removeprefix(KAFKA) if where.startswith(KAFKA) else ""


def check_destination(where: str) -> None:
    """Refuse what names no destination.

    Raises:
        ValueError: it is an ARN or a URL of something else.
    """
    service = where.split(":")[2] if where.startswith("arn:") and where.count(":") >= 5 else ""
    if where.startswith("arn:") and service not in ("s3", "sqs", "sns"):
        raise ValueError("an ARN is that of an SQS queue, an SNS topic or an S3 bucket")
    if service in ("sqs", "sns") and where.endswith(".fifo"):
        raise ValueError("AWS writes to no FIFO queue or topic")
    if "://" in where and not where.startswith((KAFKA, S3)):
        raise ValueError("a URL begins with s3:// or kafka://")
    if where in (KAFKA, S3):
        raise ValueError("it names no topic and no bucket")


def destination(where: str, kafka: Mapping[str, Any], connect: Connect = _client) -> OnFailure:
    """Return a destination; `kafka` has the options of a connection to the mapping's own cluster."""
    if topic := kafka_topic(where):
        return KafkaDestination(kafka, topic)
    if where.startswith(S3) or (where.startswith("arn:") and _BUCKET_ARN in where):
        bucket, _, prefix = where.removeprefix(S3).rpartition(_BUCKET_ARN)[2].partition("/")
        return S3Destination(connect("s3", ""), bucket, prefix)
    if where.startswith("arn:"):
        _, _, service, region, *_ = where.split(":")
        kind = QueueDestination if service == "sqs" else TopicDestination
        return kind(connect(service, region), where)
    root = Path(where).absolute()  # a handler in this process may change the directory
    return DirectoryDestination(root, Disk(SystemCalls()))
