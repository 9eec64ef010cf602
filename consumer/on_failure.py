"""Where discarded records go: the document that Lambda writes to an S3 on-failure destination."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from comboio.errors import ServiceError
from consumer.event import ConsumedRecord, EventSource, event, serialise

RETRIES_EXHAUSTED = "RetryAttemptsExhausted"
TOO_LARGE = "MaximumPayloadSizeExceeded"


class NotWrittenError(ServiceError):
    """The on-failure destination did not accept a document; its records are kept."""


class OnFailure(Protocol):
    """An on-failure destination."""

    def write(self, key: str, document: bytes) -> None:
        """Write the document under its key, durably.

        Raises:
            NotWrittenError: it could not be written.
        """
        ...


def document(
    records: list[ConsumedRecord],
    source: EventSource,
    *,
    request_id: str,
    function_arn: str,
    condition: str,
    attempts: int,
    function_error: str | None,
    at: datetime,
) -> bytes:
    """Return the record of a discarded batch; `payload` is the whole event as a JSON string (AWS: "kafka-on-failure").

    Offsets are strings, as AWS writes them. A batch too large to invoke has no `responseContext`.
    """
    payload = serialise(event(records, source))
    return serialise(
        {
            "requestContext": {
                "requestId": request_id,
                "functionArn": function_arn,
                "condition": condition,
                "approximateInvokeCount": attempts,
            },
            "responseContext": None
            if condition == TOO_LARGE
            else {"statusCode": 200, "executedVersion": "$LATEST", "functionError": function_error},
            "version": "1.0",
            "timestamp": _instant(at),
            "KafkaBatchInfo": {
                "batchSize": len(records),
                **({"eventSourceArn": source.arn} if source.arn else {}),
                "bootstrapServers": source.bootstrap_servers,
                "payloadSize": len(payload),
                "recordsInfo": _records_info(records),
            },
            "payload": payload.decode(),
        }
    )


def _records_info(records: list[ConsumedRecord]) -> dict[str, Any]:
    by_partition: dict[str, list[ConsumedRecord]] = {}
    for record in records:
        by_partition.setdefault(record.partition, []).append(record)
    return {partition: _range(found) for partition, found in by_partition.items()}


def _range(records: list[ConsumedRecord]) -> dict[str, str]:
    first = min(records, key=lambda record: record.offset)
    last = max(records, key=lambda record: record.offset)
    return {
        "firstRecordOffset": str(first.offset),
        "lastRecordOffset": str(last.offset),
        "firstRecordTimestamp": _instant(datetime.fromtimestamp(max(0, first.timestamp) / 1000, UTC)),
        "lastRecordTimestamp": _instant(datetime.fromtimestamp(max(0, last.timestamp) / 1000, UTC)),
    }


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def object_key(mapping: UUID, at: datetime, unique: UUID) -> str:
    """Return the object's key, as Lambda names it: by mapping, then by day."""
    day = at.astimezone(UTC)
    return f"aws/lambda/{mapping}/{day:%Y/%m/%d}/{day:%Y-%m-%dT%H.%M.%S}-{unique}"


class DirectoryDestination:
    """Writes documents as files, below a directory, by their keys."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, key: str, document: bytes) -> None:
        """Write the document; it is on disk, whole, before it has its name."""
        path = self._root / key
        part = path.with_name(path.name + ".part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                file.write(document)
                file.flush()
                os.fsync(file.fileno())
            part.rename(path)
        except OSError as error:
            raise NotWrittenError(f"{path}: {error}") from error


class S3Destination:
    """Writes documents as objects of a bucket, below a prefix."""

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    def write(self, key: str, document: bytes) -> None:
        """Write the document as one object."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._client.put_object(
                Bucket=self._bucket, Key=self._prefix + key, Body=document, ContentType="application/json"
            )
        except (BotoCoreError, ClientError) as error:
            raise NotWrittenError(f"s3://{self._bucket}/{self._prefix}{key}: {error}") from error


def destination(where: str) -> OnFailure:
    """Return the destination that `CONSUMER_ON_FAILURE` names: `s3://bucket/prefix`, or a directory."""
    if not where.startswith("s3://"):
        return DirectoryDestination(Path(where).absolute())  # a handler in this process may change the directory
    import boto3
    from botocore.config import Config

    bucket, _, prefix = where.removeprefix("s3://").partition("/")
    waits = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 2})
    return S3Destination(boto3.client("s3", config=waits), bucket, prefix)
