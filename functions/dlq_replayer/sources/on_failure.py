"""The batches that the mapping stopped retrying: objects of its S3 on-failure destination, every record of them.

An object is deleted when all its records are taken; until then it is written again with those that remain. Two
replayers may overwrite each other's remainder, but each leaves out only what was taken: nothing is lost.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from comboio.contract.cluster import cluster_of, is_cluster
from comboio.contract.dead_letter import MAX_COUNT, DeadLetter, Reason
from comboio.contract.record import SOURCES, MalformedRecordError, Record, partition_of, record_of
from comboio.errors import InvalidDataError
from dlq_replayer.aws.s3 import FOR_GOOD, Listed, Objects, ObjectsError
from dlq_replayer.letter import Receipt, ReceivedLetter
from dlq_replayer.sources.source import SourceError

REASON: Reason = "given_up"

OFFSET = re.compile(r"[0-9]{1,19}")
"""An offset as text, as it stands in `KafkaBatchInfo`."""

ORIGIN = ("eventSourceArn", "bootstrapServers")
"""The fields of an event that name its cluster (see `cluster_of`)."""

NO_LIST = -1
"""The place of what stands where the list of a partition's records should be."""

MAX_CONDITION = 100
"""Characters of the mapping's own reason that go into a letter's error."""

Document = dict[str, Any]
"""What Lambda writes there, as JSON's own types."""


class NoBatchError(InvalidDataError):
    """An object is no batch of a mapping; the text says why."""


class GivenUpBatch(NamedTuple):
    """A document, and those of its records that remain in it."""

    document: Document
    left: frozenset[tuple[str, int]]
    """By the name of the partition, and the place in its list."""


class OnFailureObjects:
    """See Source; `after` is the last object that was read whole."""

    def __init__(self, objects: Objects, bucket: str, prefix: str, after: str = "") -> None:
        self.after = after
        self._objects = objects
        self._bucket = bucket
        self._listing: Iterator[Listed] = objects.list(bucket, prefix, after)
        self._batches: dict[str, GivenUpBatch] = {}

    def read(self, most: int) -> list[ReceivedLetter]:
        """See Source. It reads whole objects, so it may return more than `most`."""
        found: list[ReceivedLetter] = []
        try:
            while len(found) < most and (listed := next(self._listing, None)) is not None:
                found += self._open(listed)
                self.after = listed.key
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
            document = _document(text)
            event = _event(document)
        except NoBatchError as error:
            return [_no_letter(listed.key, listed, f"Not a batch of a mapping: {error}.", text=text)]
        failed_at, attempts = _failed_at(document, listed), _attempts(document)
        found: list[ReceivedLetter] = []
        places: set[tuple[str, int]] = set()
        for name, group in event["records"].items():
            for number, raw in _numbered(group):
                places.add((name, number))
                try:
                    record = record_of(cluster_of(event), partition_of(name), _with_number(raw))
                except MalformedRecordError as error:
                    place = f"{listed.key} {name[:300]}[{number}]"
                    found.append(_no_letter(place, listed, f"Not a record of Kafka: {error}."))
                else:
                    letter = letter_of(record, failed_at, _error(document), attempts)
                    handle = json.dumps([name, number])
                    found.append(_received(Receipt(listed.key, handle), failed_at, letter))
        self._batches[listed.key] = GivenUpBatch(document, frozenset(places))
        return found

    def _remove(self, key: str, gone: Sequence[ReceivedLetter]) -> bool:
        batch = self._batches[key]
        taken = {(name, number) for name, number in (json.loads(message.receipt.handle) for message in gone)}
        rest = batch._replace(left=batch.left - taken)
        try:
            if rest.left:
                self._objects.put(self._bucket, key, json.dumps(_remainder(rest)).encode())
            else:
                self._objects.delete(self._bucket, key)
        except ObjectsError:
            return False
        self._batches[key] = rest
        return True


def letter_of(record: Record, failed_at: int, error: str, attempts: int) -> DeadLetter:
    """Return the dead letter of a record that the mapping stopped retrying.

    Its id is the one that a letter of the dispatcher would have, so that a record with both is replayed once.
    """
    return DeadLetter.of(
        record,
        reason=REASON,
        error=error,
        attempts=attempts,
        first_failure=failed_at,
        last_failure=failed_at,
        correlation_id=record.header("correlation_id") or record.position,
    )


def _document(text: str) -> Document:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NoBatchError(f"it is not JSON ({type(error).__name__})") from None
    if not isinstance(document, dict):
        raise NoBatchError("it is JSON, but no object")
    return document


def _event(document: Document) -> Document:
    """Return the event in a document, where it is a JSON string; with its cluster, also where the event lacks it."""
    payload = document.get("payload")
    event = _document(payload) if isinstance(payload, str) else payload
    if not isinstance(event, dict) or event.get("eventSource") not in SOURCES:
        raise NoBatchError("its payload is no event of Kafka")
    if not isinstance(event.get("records"), dict):
        raise NoBatchError("its payload has no records")
    info = document.get("KafkaBatchInfo")
    if not cluster_of(event) and isinstance(info, dict):
        event = {**event, **{name: info[name] for name in ORIGIN if name in info}}
    if not is_cluster(cluster_of(event)):
        raise NoBatchError("its eventSourceArn or bootstrapServers is too long, or not ASCII")
    return event


def _numbered(group: object) -> Iterable[tuple[int, object]]:
    """Return the records of a partition with their places; what should be a list and is none is one foreign record."""
    return enumerate(group) if isinstance(group, list) else [(NO_LIST, group)]


def _with_number(raw: object) -> object:
    """Return a record with its offset as a number, where it is text."""
    offset = raw.get("offset") if isinstance(raw, dict) else None
    if not (isinstance(raw, dict) and isinstance(offset, str) and OFFSET.fullmatch(offset)):
        return raw
    return {**raw, "offset": int(offset)}


def _remainder(batch: GivenUpBatch) -> Document:
    """Return the document with the records that are left; everything else as it came."""
    given = batch.document["payload"]
    event: Document = json.loads(given) if isinstance(given, str) else given
    records = {
        name: kept
        for name, group in event["records"].items()
        if (kept := [raw for number, raw in _numbered(group) if (name, number) in batch.left])
    }
    return {**batch.document, "payload": json.dumps({**event, "records": records})}


def _failed_at(document: Document, listed: Listed) -> int:
    """Return the document's own time, which stays when it is written again with what remains; else the object's."""
    try:
        return int(datetime.fromisoformat(document["timestamp"]).timestamp() * 1000)
    except (KeyError, TypeError, ValueError, OverflowError):
        return listed.modified_at


def _context(document: Document) -> Mapping[str, Any]:
    context = document.get("requestContext")
    return context if isinstance(context, dict) else {}


def _error(document: Document) -> str:
    """Return why the mapping stopped, in the document's own word (AWS has several spellings)."""
    condition = _context(document).get("condition")
    return f"The mapping stopped retrying: {str(condition or 'unknown')[:MAX_CONDITION]}"


def _attempts(document: Document) -> int:
    """Return after how many invocations the mapping stopped."""
    invoked = _context(document).get("approximateInvokeCount")
    return invoked if type(invoked) is int and 0 <= invoked <= MAX_COUNT else 0


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
