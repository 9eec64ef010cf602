"""What a receiver is sent: its messages, or one error that never quotes it."""

import json

from comboio.contract.unpack import UnreadableError, read
from tests.fuzz.target import CANARY, Target, only, promised

ONE = {"id": "t-0:1", "correlation_id": "c", "traceparent": "00-a", "message": {"note": CANARY}}
PACK = {"comboio_pack": 1, "messages": [ONE, {**ONE, "message": "eA==", "encoding": "base64"}]}
ATTRIBUTES = {"deduplication_id": {"stringValue": "t-0:1"}, "correlation_id": {"StringValue": "c"}}


def check(data: bytes) -> None:
    """Read a body: bytes, text with attributes, decoded JSON, and a document of body and attributes."""
    with only(UnreadableError):
        list(read(data))
    text = data.decode("utf-8", "replace")
    for encoding in ("text", "base64", "other"):
        with only(UnreadableError):
            list(read(text, {**ATTRIBUTES, "encoding": {"Value": encoding}}))
    with only(UnreadableError):
        promised(all(each.id is None or each.id for each in read(text, ATTRIBUTES)), "an id says something")
    try:
        decoded = json.loads(data)
    except (ValueError, RecursionError):
        return
    if isinstance(decoded, dict):
        with only(UnreadableError):
            list(read(decoded, ATTRIBUTES))
        attributes = decoded.get("messageAttributes")
        if isinstance(attributes, dict):
            with only(UnreadableError):
                list(read(text, attributes))


TARGET = Target(
    check,
    [
        json.dumps(PACK).encode(),
        json.dumps(ONE).encode() * 2,
        json.dumps([PACK, {"codigo": 300}]).encode(),
        json.dumps({"detail-type": "telemetry", "source": "comboio", "detail": PACK}).encode(),
        json.dumps({"Type": "Notification", "TopicArn": "a", "Message": json.dumps(PACK)}).encode(),
        json.dumps({"body": "x", "messageAttributes": {**ATTRIBUTES, "encoding": {"stringValue": "text"}}}).encode(),
    ],
    [
        f'"{CANARY}"'.encode(),
        *(f'"{name}"'.encode() for name in ("comboio_pack", "messages", "message", "id", "encoding", "base64",
        "key")),
        b'"MessageAttributes"', b'"stringValue"', b'"detail"', b'"Message"',
    ],
)  # fmt: skip
