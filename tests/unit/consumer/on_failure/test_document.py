"""Discarded records are in a document of Lambda's shape, at a destination of the operator's."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from consumer.on_failure.document import RETRIES_EXHAUSTED, TOO_LARGE, document, object_key
from tests.support.kafka_records import SOURCE, record

AT = datetime(2026, 11, 22, 15, 4, 5, 678_901, UTC)


def written(condition: str) -> dict[str, object]:
    records = [record("t-0", 7, timestamp=1_000), record("t-0", 9, timestamp=2_500), record("a-b-1", 3)]
    loaded: dict[str, object] = json.loads(
        document(
            records,
            SOURCE,
            request_id="r-1",
            function_arn="arn:f",
            condition=condition,
            attempts=4,
            function_error=None,
            at=AT,
        )
    )
    return loaded


def test_the_document_is_what_lambda_writes_to_s3() -> None:
    """Offset ranges as strings, and the whole event as a JSON string."""
    said = written(RETRIES_EXHAUSTED)
    payload = said.pop("payload")
    assert isinstance(payload, str)
    assert said == {
        "requestContext": {
            "requestId": "r-1",
            "functionArn": "arn:f",
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": 4,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": None},
        "version": "1.0",
        "timestamp": "2026-11-22T15:04:05.678Z",
        "KafkaBatchInfo": {
            "batchSize": 3,
            "bootstrapServers": "b:9092",
            "payloadSize": len(payload),
            "recordsInfo": {
                "t-0": {
                    "firstRecordOffset": "7",
                    "lastRecordOffset": "9",
                    "firstRecordTimestamp": "1970-01-01T00:00:01.000Z",
                    "lastRecordTimestamp": "1970-01-01T00:00:02.500Z",
                },
                "a-b-1": {
                    "firstRecordOffset": "3",
                    "lastRecordOffset": "3",
                    "firstRecordTimestamp": "1970-01-01T00:00:01.000Z",
                    "lastRecordTimestamp": "1970-01-01T00:00:01.000Z",
                },
            },
        },
    }
    assert [body["offset"] for body in json.loads(payload)["records"]["t-0"]] == [7, 9]


@pytest.mark.robustness("disks that fail or fill, files that vanish")
def test_a_batch_too_large_to_invoke_has_no_response() -> None:
    """Nothing was answered, so nothing is said of an answer."""
    assert written(TOO_LARGE)["responseContext"] is None


@pytest.mark.robustness("records that no function takes")
@pytest.mark.parametrize("timestamp", [-1, 253_402_300_799_999, 1_800_000_000_000_000, 2**63 - 1, -(2**63)])
def test_a_record_with_any_timestamp_can_be_discarded(timestamp: int) -> None:
    """A producer that writes microseconds names a year that no date has; its record must not end every start."""
    said = json.loads(
        document(
            [record("t-0", 7, timestamp=timestamp)],
            SOURCE,
            request_id="r-1",
            function_arn="arn:f",
            condition=RETRIES_EXHAUSTED,
            attempts=1,
            function_error=None,
            at=AT,
        )
    )
    assert said["KafkaBatchInfo"]["recordsInfo"]["t-0"]["firstRecordTimestamp"][:4] in ("1970", "9999")
    assert json.loads(said["payload"])["records"]["t-0"][0]["timestamp"] == timestamp


def test_keys_are_by_mapping_and_day() -> None:
    """As Lambda lays a bucket out."""
    mapping, unique = UUID(int=1), UUID(int=2)
    assert object_key(mapping, AT, unique) == f"aws/lambda/{mapping}/2026/11/22/2026-11-22T15.04.05-{unique}"
