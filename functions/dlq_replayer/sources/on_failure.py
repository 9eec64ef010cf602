"""The batches that the mapping stopped retrying: objects of its S3 on-failure destination, every record of them.

An object is deleted when all its records are taken; until then it is written again with those that remain. Two
replayers may overwrite each other's remainder, but each leaves out only what was taken: nothing is lost.
"""

import json
from collections.abc import Iterator, Sequence
from math import inf
from typing import NamedTuple

from comboio.clocks import Clocks
from comboio.contract.dead_letter import DeadLetter
from comboio.contract.record import MalformedRecordError
from dlq_replayer.aws.s3 import FOR_GOOD, Listed, Objects, ObjectsError
from dlq_replayer.letter import Receipt, ReceivedLetter
from dlq_replayer.sources.on_failure_document import Content, NoBatchError, OnFailureDocument, Place, with_only
from dlq_replayer.sources.source import MAX_BYTES, SourceError


class GivenUpBatch(NamedTuple):
    """An object that was read, and what it still has."""

    content: Content
    """Its document as Lambda wrote it."""
    left: frozenset[Place]
    """The places of the records that remain."""


class OnFailureObjects:
    """See Source; `after` is the last object that was read whole. After `ends` (epoch ms) no object is written."""

    def __init__(
        self,
        objects: Objects,
        bucket: str,
        prefix: str,
        after: str = "",
        *,
        ends: float = inf,
        clocks: Clocks = Clocks(),  # noqa: B008 it is frozen
    ) -> None:
        self.after = after
        self._ends = ends
        self._clocks = clocks
        self._objects = objects
        self._bucket = bucket
        self._listing: Iterator[Listed] = objects.list(bucket, prefix, after)
        self._batches: dict[str, GivenUpBatch] = {}

    def read(self, most: int, until: float = inf) -> list[ReceivedLetter]:
        """See Source. It reads whole objects, so it may return more than `most`."""
        self._batches.clear()
        found: list[ReceivedLetter] = []
        size = 0
        try:
            while len(found) < most and size < MAX_BYTES and (listed := next(self._listing, None)) is not None:
                opened = self._open(listed)
                found += opened
                size += sum(len(received.text) for received in opened)
                self.after = listed.key
                if self._clocks.now() >= until:
                    break
        except ObjectsError as error:
            if not found:
                raise SourceError(_explain(self._bucket, error)) from None
        return found

    def remove(self, messages: Sequence[ReceivedLetter]) -> int:
        """See Source."""
        by_object: dict[str, list[ReceivedLetter]] = {}
        for message in messages:
            by_object.setdefault(message.receipt.place, []).append(message)
        return sum(len(gone) for key, gone in by_object.items() if not self._remove(key, gone))

    def leave(self, messages: Sequence[ReceivedLetter]) -> None:
        """See Source: they never went away."""

    def close(self) -> None:
        """See Source."""
        self._batches.clear()

    def depth(self) -> int | None:
        """See Source: a listing does not tell how many records there are."""
        return None

    def _open(self, listed: Listed) -> list[ReceivedLetter]:
        """Return the records of an object. What is wrong with one of them, or with the object, hinders no other."""
        try:
            text = self._objects.get(self._bucket, listed.key).decode("utf-8", "replace")
        except ObjectsError as error:
            unread = error.code not in FOR_GOOD
            return [_no_letter(listed.key, listed, _explain(self._bucket, error), unread=unread)]
        try:
            document = OnFailureDocument.parse(text)
        except NoBatchError as error:
            return [_no_letter(listed.key, listed, f"Not a batch of a mapping: {error}.", text=text)]
        failed_at = document.failed_at(listed.modified_at)
        found: list[ReceivedLetter] = []
        places: set[Place] = set()
        for place, raw in document.records():
            places.add(place)
            try:
                letter = document.letter(place, raw, failed_at)
            except MalformedRecordError as error:
                where = f"{listed.key} {place[0][:300]}[{place[1]}]"
                found.append(_no_letter(where, listed, f"Not a record of Kafka: {error}."))
            else:
                found.append(_received(Receipt(listed.key, json.dumps(place)), failed_at, letter))
        if not places:
            return [_no_letter(listed.key, listed, "Not a batch of a mapping: its payload has no records.", text=text)]
        self._batches[listed.key] = GivenUpBatch(document.content, frozenset(places))
        return found

    def _remove(self, key: str, gone: Sequence[ReceivedLetter]) -> bool:
        if self._clocks.now() >= self._ends:
            return False
        batch = self._batches[key]
        taken = {(name, number) for name, number in (json.loads(message.receipt.handle) for message in gone)}
        rest = batch._replace(left=batch.left - taken)
        try:
            if rest.left:
                self._objects.put(self._bucket, key, with_only(rest.content, rest.left))
            else:
                self._objects.delete(self._bucket, key)
        except ObjectsError:
            return False
        self._batches[key] = rest
        return True


def _received(receipt: Receipt, sent_at: int, letter: DeadLetter) -> ReceivedLetter:
    text = letter.to_json()
    return ReceivedLetter(receipt, sent_at, text, letter, envelope=text)


def _no_letter(place: str, listed: Listed, flaw: str, *, text: str = "", unread: bool = False) -> ReceivedLetter:
    return ReceivedLetter(Receipt(place, ""), listed.modified_at, text, None, flaw, unread)


def _explain(bucket: str, error: ObjectsError) -> str:
    if error.code == "NoSuchBucket":
        return f"There is no bucket {bucket}. Check the source's spelling, and the function's region."
    if error.code in ("AccessDenied", "403"):
        return f"The function's role may not read {bucket}: it needs s3:ListBucket and s3:GetObject there."
    return f"{bucket} cannot be read: {error}. Nothing was lost: try again."
