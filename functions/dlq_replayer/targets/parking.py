"""The parking queue: keeps what is set aside, whole and as it came, for people to look at."""

import json
from collections.abc import Sequence
from typing import Any

from comboio.aws.sqs import MAX_BYTES
from comboio.contract.letter_pointer import LetterPointer, object_key
from dlq_replayer.aws.s3 import Objects, ObjectsError
from dlq_replayer.aws.sqs import QueueClient
from dlq_replayer.letter import ReceivedLetter

_REASON_ATTRIBUTE = "parked"
"""The attribute that says why; a message with ten attributes gets no other (Amazon SQS quotas)."""

_MAX_ATTRIBUTES = 10

ROOM = 1_024
"""Bytes for the attribute that says why."""


class Parking:
    """Parks messages. A crash before their removal leaves a copy in both places; a letter's claim tells them apart."""

    def __init__(self, queue: QueueClient, objects: Objects, bucket: str) -> None:
        self._queue = queue
        self._objects = objects
        self._bucket = bucket

    def park(self, messages: Sequence[ReceivedLetter], why: str) -> list[bool]:
        """Park messages; say of each whether the queue has it."""
        entries = [self._entry(received, why) for received in messages]
        kept = iter(self._queue.send([entry for entry in entries if entry is not None]))
        return [entry is not None and next(kept) for entry in entries]

    def _entry(self, received: ReceivedLetter, why: str) -> tuple[str, int] | None:
        """Return a message as an entry with its size; None if it is too large, and S3 does not take it."""
        attributes = {name: _sent(value) for name, value in received.attributes.items()}
        if received.letter is not None and not attributes:
            attributes = {name: _text(value) for name, value in received.letter.attributes()}
        extra = len(attributes) < _MAX_ATTRIBUTES
        room = sum(len(name) + len(json.dumps(value)) for name, value in attributes.items()) + ROOM
        text, size = received.text, len(received.text.encode("utf-8", "surrogatepass"))
        if size + room > MAX_BYTES:
            if received.letter is not None:
                try:
                    text = self._store(received)
                except ObjectsError:
                    return None
                size = len(text)
            else:
                extra = False  # it came out of a queue as it is, so it goes into one
        if extra:
            attributes[_REASON_ATTRIBUTE] = _text(why)
        entry = f'"MessageBody":{json.dumps(text)},"MessageAttributes":{json.dumps(attributes)}'
        return entry, min(size + room, MAX_BYTES)

    def _store(self, received: ReceivedLetter) -> str:
        key = object_key(f"parked/{received.dead.id}")
        self._objects.put(self._bucket, key, received.envelope.encode())
        return LetterPointer(self._bucket, key).to_json()


def _text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


def _sent(received: dict[str, Any]) -> dict[str, Any]:
    """Return a received attribute as it can be sent: SQS adds empty lists, which it does not take back."""
    return {name: value for name, value in received.items() if name in ("DataType", "StringValue", "BinaryValue")}
