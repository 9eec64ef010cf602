"""What SQS, SNS and a Kafka topic get of a discarded batch is what AWS's pages show."""

import json
from datetime import UTC, datetime

from consumer.event import EventSource
from consumer.on_failure.document import RETRIES_EXHAUSTED, document
from consumer.on_failure.forms import metadata_only, record_messages
from tests.support.kafka_records import record

SOURCE = EventSource("b:9092", "arn:aws:kafka:eu-west-1:1:cluster/c/u")
RECORDS = [record("t-0", 7)._replace(key=b"\xff", value=b"v"), record("t-0", 9), record("a-b-1", 3)]
WHOLE = document(
    RECORDS,
    SOURCE,
    request_id="r-1",
    function_arn="arn:f",
    condition=RETRIES_EXHAUSTED,
    attempts=4,
    function_error="Unhandled",
    at=datetime(2026, 11, 22, tzinfo=UTC),
)


def test_a_queue_and_a_topic_of_sns_get_all_but_the_payload() -> None:
    """Positions and the reason, and no content of anybody's message."""
    told, whole = json.loads(metadata_only(WHOLE)), json.loads(WHOLE)
    assert "payload" not in told
    assert {**told, "payload": whole["payload"]} == whole
    assert told["KafkaBatchInfo"]["recordsInfo"]["t-0"]["lastRecordOffset"] == "9"


def test_a_kafka_topic_gets_each_record_with_its_key() -> None:
    """One message a record, its payload an event with this record alone, and the page's own names around it."""
    messages = list(record_messages(WHOLE))
    assert [message.key for message in messages] == [b"\xff", None, None]
    values = [json.loads(message.value) for message in messages]
    places = [
        (name, body["offset"])
        for each in values
        for name, found in each["payload"]["records"].items()
        for body in found
    ]
    assert places == [("t-0", 7), ("t-0", 9), ("a-b-1", 3)]
    first = values[0]
    assert first["requestContext"]["condition"] == "RetriesExhausted"
    assert first["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    assert first["payload"]["eventSource"] == "aws:kafka"
    size = len(json.dumps(first["payload"], separators=(",", ":")))
    assert first["KafkaBatchInfo"] == {
        "batchSize": 1,
        "eventSourceArn": SOURCE.arn,
        "bootstrapServers": "b:9092",
        "payloadSize": size,
        "recordInfo": {"offset": "7", "timestamp": "1970-01-01T00:00:01.000Z"},
    }
