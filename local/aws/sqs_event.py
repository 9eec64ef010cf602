"""The event that Lambda makes of SQS messages, and what a function's answer says about them. Pure."""

import base64
from collections.abc import Iterable, Mapping
from typing import Any

Message = Mapping[str, Any]
"""A message as ReceiveMessage answers, with all its attributes."""


def sqs_event(messages: Iterable[Message], queue_arn: str, region: str) -> dict[str, Any]:
    """Return the `aws:sqs` event of received messages, in their order."""
    return {"Records": [_record(message, queue_arn, region) for message in messages]}


def _record(message: Message, queue_arn: str, region: str) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": {name: _attribute(value) for name, value in message.get("MessageAttributes", {}).items()},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": region,
    }


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"dataType": value["DataType"], "stringListValues": [], "binaryListValues": []}
    if "StringValue" in value:
        found["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        found["binaryValue"] = base64.b64encode(value["BinaryValue"]).decode()
    return found


def failed_ids(answer: Any, ids: Iterable[str]) -> set[str]:
    """Return the ids of the messages that stay in the queue, with ReportBatchItemFailures.

    An answer that Lambda cannot read keeps all of them: a list entry without an id, or an id that was not in the batch.
    Nothing, or an empty list, keeps none.
    """
    all_ids = set(ids)
    if answer is None:
        return set()
    if not isinstance(answer, Mapping):
        return all_ids
    failures = answer.get("batchItemFailures")
    if failures is None:
        return set()
    if not isinstance(failures, list):
        return all_ids
    failed = [each.get("itemIdentifier") if isinstance(each, Mapping) else None for each in failures]
    known = {each for each in failed if isinstance(each, str) and each in all_ids}
    return known if len(known) == len(set(map(str, failed))) else all_ids
