"""Reads what lies in the queue: a letter, a pointer to a large one in S3, or something foreign."""

import json
from typing import NamedTuple

from comboio.contract.dead_letter import DeadLetter, ForeignLetterError
from dlq_replayer.aws.s3 import Objects, ObjectsError

POINTER = "comboio_dead_letter_at"
POINTS = f'{{"{POINTER}"'
"""How a pointer begins."""


GONE = frozenset({"NoSuchKey", "NoSuchBucket", "404"})
"""What S3 says of an object that is not there; anything else it says may be otherwise tomorrow."""


class Read(NamedTuple):
    """A letter and its envelope, or the `flaw` of what is none; `for_now` if S3 only failed to give it."""

    letter: DeadLetter | None
    envelope: str = ""
    flaw: str = ""
    for_now: bool = False


def read(text: str, objects: Objects) -> Read:
    """Reads a message's body."""
    envelope = text
    try:
        if text.startswith(POINTS):
            at = json.loads(text)[POINTER]
            envelope = objects.get(at["bucket"], at["key"]).decode()
        return Read(DeadLetter.from_json(envelope), envelope)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        return Read(None, flaw=f"not a pointer to a dead letter: {type(error).__name__}")
    except ForeignLetterError as error:
        return Read(None, flaw=str(error))
    except ObjectsError as error:
        return Read(None, flaw=str(error), for_now=error.code not in GONE)
