"""Tests of the event that stands in for Lambda's, and of what answers mean."""

from typing import Any

import pytest

from local.aws.sqs_event import failed_ids, sqs_event

ARN = "arn:aws:sqs:us-east-1:000000000000:hold.fifo"
MESSAGE: dict[str, Any] = {
    "MessageId": "059f36b4",
    "ReceiptHandle": "AQEB",
    "MD5OfBody": "e4e6",
    "Body": "{}",
    "Attributes": {
        "ApproximateReceiveCount": "1",
        "SentTimestamp": "1573251510774",
        "SequenceNumber": "18849496460467696128",
        "MessageGroupId": "1",
        "SenderId": "AIDA",
        "MessageDeduplicationId": "1",
        "ApproximateFirstReceiveTimestamp": "1573251510774",
    },
    "MessageAttributes": {
        "trace": {"DataType": "String", "StringValue": "00-1"},
        "seal": {"DataType": "Binary", "BinaryValue": b"\xff"},
    },
}


def test_a_record_has_lambda_s_names_and_no_others() -> None:
    """A handler written against Lambda's event finds each field under its name, in this process too."""
    (record,) = sqs_event([MESSAGE], ARN, "us-east-1")["Records"]
    assert record == {
        "messageId": "059f36b4",
        "receiptHandle": "AQEB",
        "body": "{}",
        "attributes": MESSAGE["Attributes"],
        "messageAttributes": {
            "trace": {
                "dataType": "String",
                "stringValue": "00-1",
                "stringListValues": [],
                "binaryListValues": [],
            },
            "seal": {"dataType": "Binary", "binaryValue": "/w==", "stringListValues": [], "binaryListValues": []},
        },
        "md5OfBody": "e4e6",
        "eventSource": "aws:sqs",
        "eventSourceARN": ARN,
        "awsRegion": "us-east-1",
    }


def test_a_message_without_attributes_has_empty_ones() -> None:
    """A handler may look for an attribute without asking first whether there are any."""
    bare = {name: value for name, value in MESSAGE.items() if "Attributes" not in name}
    (record,) = sqs_event([bare], ARN, "us-east-1")["Records"]
    assert record["attributes"] == record["messageAttributes"] == {}


def failures(*ids: object) -> dict[str, object]:
    return {"batchItemFailures": [{"itemIdentifier": each} for each in ids]}


@pytest.mark.parametrize(
    ("answer", "stay"),
    [
        (None, ""),
        ({}, ""),
        ({"batchItemFailures": None}, ""),
        (failures(), ""),
        (failures("a"), "a"),
        (failures("b", "c", "b"), "bc"),
        (failures("a", "z"), "abc"),
        (failures(""), "abc"),
        (failures(None), "abc"),
        ({"batchItemFailures": [{"itemIdentifer": "a"}]}, "abc"),
        ({"batchItemFailures": ["a"]}, "abc"),
        ({"batchItemFailures": "a"}, "abc"),
        ("fine", "abc"),
        (failures(["a"]), "abc"),
    ],
)
def test_what_an_answer_keeps_in_the_queue(answer: object, stay: str) -> None:
    """What failed stays, an answer that cannot be read keeps the whole batch, and only a clear success deletes all."""
    assert failed_ids(answer, "abc") == set(stay)
