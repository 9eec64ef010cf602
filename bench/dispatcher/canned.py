"""What SQS and DynamoDB answer when all goes well, in the shape and about the size of the real thing."""

import json
from functools import cache

from bench.dispatcher.workload import FIRST_OFFSET, STARTED_MS

_MESSAGE = {
    "MessageId": "5fea7756-0ea4-451a-a703-a558b933e274",
    "MD5OfMessageBody": "fafb00f5732ab283681e124bf8747ed1",
    "MD5OfMessageAttributes": "3ae8f24a165a8cedc005670c81a27295",
}
_LEDGER = {
    "pk": {"S": "ledger#3f9a1c2b7d/mt-c400-3"},
    "owner": {"S": "8f5a2c1e-7b3d-4e9a-9c1f-2d4b6a8e0f13"},
    "lease_until": {"N": "0"},
    "first": {"N": "0"},
    "next": {"N": str(FIRST_OFFSET)},
    "newest": {"N": str(STARTED_MS)},
}
"""A partition that is nobody's at the moment, and whose next records are the first batch's."""


def answer(action: str, body: bytes) -> bytes:
    """Answer a request.

    Raises:
        KeyError: nobody who is compared here makes this call.
    """
    if action == "SendMessageBatch":
        return _sent(entries(body))
    if action == "UpdateItem" and b'"ALL_NEW"' in body:
        return _marked(body)
    return _CLAIMED if action == "UpdateItem" and b'"ALL_OLD"' in body else _ANSWERS[action]


def entries(body: bytes) -> int:
    """Count the entries of a SendMessageBatch without reading its JSON: a quote within a body is escaped there."""
    return body.count(b'"MessageBody":')


def _marked(body: bytes) -> bytes:
    """Answer the claims of an item that nobody had: it has all of them now, and its time."""
    request = json.loads(body)
    names, values = request["ExpressionAttributeNames"], request["ExpressionAttributeValues"]
    marks = {name: values[f":{place[1:]}"] for place, name in names.items() if place != "#marks"}
    item = {"pk": request["Key"]["pk"], "expires_at": values[":expires"], "marks": values[":count"], **marks}
    return json.dumps({"Attributes": item}).encode()


@cache
def _sent(count: int) -> bytes:
    return json.dumps({"Successful": [{"Id": str(index), **_MESSAGE} for index in range(count)]}).encode()


_CLAIMED = json.dumps({"Attributes": _LEDGER}).encode()
_ANSWERS = {
    "SendMessage": json.dumps(_MESSAGE).encode(),
    "UpdateItem": b"{}",
    "BatchGetItem": b'{"Responses":{},"UnprocessedKeys":{}}',
    "PutItem": b"{}",
    "DeleteItem": b"{}",
    "TransactWriteItems": b"{}",
}
