"""The document that Lambda writes to an S3 on-failure destination for discarded records."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from consumer.event import ConsumedRecord, EventSource, event, serialise

RETRIES_EXHAUSTED = "RetryAttemptsExhausted"
TOO_LARGE = "MaximumPayloadSizeExceeded"

EPOCH = datetime.fromtimestamp(0, UTC)

_LAST_MS = 253_402_300_799_999
"""The end of the year 9999: a producer that writes microseconds for milliseconds is past it, and a date has no more."""


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
        "firstRecordTimestamp": moment(first.timestamp),
        "lastRecordTimestamp": moment(last.timestamp),
    }


def moment(timestamp: int) -> str:
    """Return when a record says that it is from, or the date nearest to it: whoever produced it chose the number."""
    return _instant(EPOCH + timedelta(milliseconds=min(max(0, timestamp), _LAST_MS)))


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def object_key(mapping: UUID, at: datetime, unique: UUID) -> str:
    """Return the object's key, as Lambda names it: by mapping, then by day."""
    day = at.astimezone(UTC)
    return f"aws/lambda/{mapping}/{day:%Y/%m/%d}/{day:%Y-%m-%dT%H.%M.%S}-{unique}"
