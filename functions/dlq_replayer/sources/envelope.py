"""Reads what lies in the queue: a letter, a pointer to a large one in S3, or something foreign."""

from typing import NamedTuple

from comboio.contract.dead_letter import DeadLetter, ForeignLetterError
from comboio.contract.letter_pointer import LetterPointer, is_pointer
from dlq_replayer.aws.s3 import Objects, ObjectsError

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
        if is_pointer(text):
            envelope = objects.get(*LetterPointer.from_json(text)).decode()
        return Read(DeadLetter.from_json(envelope), envelope)
    except UnicodeDecodeError:
        return Read(None, flaw="The object that the pointer names is no text.")
    except ForeignLetterError as error:
        return Read(None, flaw=str(error))
    except ObjectsError as error:
        return Read(None, flaw=str(error), for_now=error.code not in GONE)
