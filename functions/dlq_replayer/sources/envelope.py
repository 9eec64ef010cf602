"""Reads what lies in a queue of letters: a letter, a pointer to a large one in S3, or something foreign."""

from typing import NamedTuple

from comboio.contract.dead_letter import DeadLetter, ForeignLetterError
from comboio.contract.letter_pointer import PREFIX, LetterPointer, is_pointer
from dlq_replayer.aws.s3 import FOR_GOOD, Objects, ObjectsError


class Opened(NamedTuple):
    """A letter and its envelope, or the flaw of what is none."""

    letter: DeadLetter | None
    envelope: str = ""
    flaw: str = ""
    unread: bool = False
    """Whether the text may be a letter all the same: S3 did not give its object this time."""


class LetterReader:
    """Reads the bodies of messages. Large letters are read from `bucket` only, whatever a pointer says.

    Whoever may write to the queue could otherwise have the function read any object that its role can.
    """

    def __init__(self, objects: Objects, bucket: str) -> None:
        self._objects = objects
        self._bucket = bucket

    def read(self, text: str) -> Opened:
        """Read a message's body."""
        try:
            if not is_pointer(text):
                return Opened(DeadLetter.from_json(text), text)
            pointer = LetterPointer.from_json(text)
            if not self._bucket:
                return Opened(None, flaw="DEAD_LETTER_BUCKET is not set, so large letters cannot be read.", unread=True)
            if pointer.bucket != self._bucket or not pointer.key.startswith(PREFIX):
                return Opened(
                    None, flaw=f"The pointer leads out of s3://{self._bucket}/{PREFIX}, where large letters lie."
                )
            envelope = self._objects.get(pointer.bucket, pointer.key).decode()
            return Opened(DeadLetter.from_json(envelope), envelope)
        except UnicodeDecodeError:
            return Opened(None, flaw="The object that the pointer names is not text.")
        except ForeignLetterError as error:
            return Opened(None, flaw=str(error))
        except ObjectsError as error:
            return Opened(None, flaw=str(error), unread=error.code not in FOR_GOOD)
