"""The parking queue: what is set aside, whole and as it came, for people."""

import json
from collections.abc import Sequence
from typing import Any

from comboio.aws.sqs import MAX_BYTES
from comboio.contract.letter_pointer import LetterPointer, object_key
from dlq_replayer.aws.s3 import Objects, ObjectsError
from dlq_replayer.aws.sqs import Queue
from dlq_replayer.letter import Held

WHY = "parked"
"""The attribute that says why; a message that has ten already gets none more (Amazon SQS quotas)."""

_MOST_ATTRIBUTES = 10
_ROOM = 1_024


class Parking:
    """Keeps messages. A crash between this and their removal leaves a copy in both places, which claims tell apart."""

    def __init__(self, queue: Queue, objects: Objects, bucket: str) -> None:
        self._queue = queue
        self._objects = objects
        self._bucket = bucket

    def park(self, messages: Sequence[Held], why: str) -> list[bool]:
        """Says of each whether it is kept."""
        entries = [self._entry(held, why) for held in messages]
        kept = iter(self._queue.send([entry for entry in entries if entry is not None]))
        return [entry is not None and next(kept) for entry in entries]

    def _entry(self, held: Held, why: str) -> tuple[str, int] | None:
        """None if it is too large, and S3 does not take it."""
        attributes = {name: _sent(value) for name, value in held.attributes.items()}
        if held.letter is not None and not attributes:
            attributes = {name: _text(value) for name, value in held.letter.attributes()}
        extra = len(attributes) < _MOST_ATTRIBUTES
        room = sum(len(name) + len(json.dumps(value)) for name, value in attributes.items()) + _ROOM
        text, size = held.text, len(held.text.encode())
        if size + room > MAX_BYTES:
            if held.letter is not None:
                try:
                    text = self._store(held)
                except ObjectsError:
                    return None
                size = len(text)
            else:
                extra = False  # it came out of a queue as it is, so it goes into one
        if extra:
            attributes[WHY] = _text(why)
        entry = f'"MessageBody":{json.dumps(text)},"MessageAttributes":{json.dumps(attributes)}'
        return entry, min(size + room, MAX_BYTES)

    def _store(self, held: Held) -> str:
        key = object_key(f"parked/{held.dead.id}")
        self._objects.put(self._bucket, key, held.envelope.encode())
        return LetterPointer(self._bucket, key).to_json()


def _text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


def _sent(received: dict[str, Any]) -> dict[str, Any]:
    """An attribute as it can be sent again: what is received also names lists, which are not."""
    return {name: value for name, value in received.items() if name in ("DataType", "StringValue", "BinaryValue")}
