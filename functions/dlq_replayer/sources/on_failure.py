"""The batches that the mapping gave up on: objects of its S3 on-failure destination, every record of them.

An object is deleted when all its records are taken; until then it is written again with those that remain. Two
replayers may overwrite each other's remainder, but each leaves out only what was truly taken: nothing is lost.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from comboio.contract.cluster import cluster_of
from comboio.contract.dead_letter import DeadLetter, Reason
from comboio.contract.record import MalformedEventError, Record, partitions
from dlq_replayer.aws.s3 import Listed, Objects, ObjectsError
from dlq_replayer.letter import Held, Ticket
from dlq_replayer.sources.source import SourceError

REASON: Reason = "given_up"

ORIGIN = ("eventSourceArn", "bootstrapServers")
"""The fields of an event that name its cluster (see `cluster_of`)."""

Document = dict[str, Any]


class OnFailureObjects:
    """See Source; `after` is the last object read whole."""

    def __init__(self, objects: Objects, bucket: str, prefix: str, after: str = "") -> None:
        self.after = after
        self._objects = objects
        self._bucket = bucket
        self._listing: Iterator[Listed] = objects.list(bucket, prefix, after)
        self._documents: dict[str, tuple[Document, dict[str, Record]]] = {}

    def read(self, most: int) -> list[Held]:
        """See Source; whole objects, so it may be more."""
        found: list[Held] = []
        try:
            while len(found) < most and (listed := next(self._listing, None)) is not None:
                found += self._open(listed)
                self.after = listed.key
        except ObjectsError as error:
            if not found:
                raise SourceError(_explain(self._bucket, error)) from None
        return found

    def remove(self, messages: Sequence[Held]) -> int:
        """See Source."""
        by_object: dict[str, list[Held]] = {}
        for message in messages:
            by_object.setdefault(message.ticket.place, []).append(message)
        return sum(len(gone) for key, gone in by_object.items() if not self._remove(key, gone))

    def leave(self, messages: Sequence[Held]) -> None:
        """See Source: they never went away."""

    def close(self) -> None:
        """See Source."""
        self._documents.clear()

    def depth(self) -> int | None:
        """See Source: a listing does not tell records."""
        return None

    def _open(self, listed: Listed) -> list[Held]:
        text = self._objects.get(self._bucket, listed.key).decode("utf-8", "replace")
        try:
            document = json.loads(text)
            event = _payload(document)
            if not cluster_of(event):
                event = {**event, **_origin(document)}
            records = [record for _, group in partitions(event) for record in group]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, MalformedEventError) as error:
            flaw = f"not a batch that a mapping gave up: {type(error).__name__}"
            return [Held(Ticket(listed.key, ""), listed.modified_at, text, None, flaw)]
        by_handle = {str(index): record for index, record in enumerate(records)}
        self._documents[listed.key] = (document, by_handle)
        failed_at = _failed_at(document, listed)
        why, invoked = _circumstances(document)
        return [
            _held(Ticket(listed.key, handle), failed_at, letter_of(record, failed_at, why, invoked))
            for handle, record in by_handle.items()
        ]

    def _remove(self, key: str, gone: Sequence[Held]) -> bool:
        document, records = self._documents[key]
        taken = {message.ticket.handle for message in gone}
        rest = {handle: record for handle, record in records.items() if handle not in taken}
        try:
            if rest:
                self._objects.put(self._bucket, key, json.dumps(_remainder(document, list(rest.values()))).encode())
            else:
                self._objects.delete(self._bucket, key)
        except ObjectsError:
            return False
        self._documents[key] = (document, rest)
        return True


def _origin(document: Document) -> Document:
    """Where the batch came from as `KafkaBatchInfo` has it, for a payload that does not say."""
    info = document.get("KafkaBatchInfo")
    return {name: info[name] for name in ORIGIN if name in info} if isinstance(info, dict) else {}


def letter_of(record: Record, failed_at: int, why: str, invoked: int) -> DeadLetter:
    """Return the dead letter of a record that the mapping gave up on.

    Its id is the one that a letter of the dispatcher would have, so that a record with both is replayed once.
    """
    return DeadLetter.of(
        record,
        reason=REASON,
        error=why,
        attempts=invoked,
        first_failure=failed_at,
        last_failure=failed_at,
        correlation_id=record.header("correlation_id") or record.position,
    )


def _held(ticket: Ticket, sent_at: int, letter: DeadLetter) -> Held:
    text = letter.to_json()
    return Held(ticket, sent_at, text, letter, envelope=text)


def _failed_at(document: Document, listed: Listed) -> int:
    """The document's own time, which stays when it is written again with what remains; else the object's."""
    try:
        return int(datetime.fromisoformat(document["timestamp"]).timestamp() * 1000)
    except (KeyError, TypeError, ValueError):
        return listed.modified_at


def _circumstances(document: Document) -> tuple[str, int]:
    """Why it was given up, in the document's own words (AWS has two spellings), and after how many invocations."""
    context = document.get("requestContext")
    context = context if isinstance(context, dict) else {}
    invoked = context.get("approximateInvokeCount")
    return f"the mapping gave it up: {context.get('condition', 'unknown')}", invoked if type(invoked) is int else 0


def _remainder(document: Document, records: Sequence[Record]) -> Document:
    """The document with these records only; all else as it came."""
    payload = _payload(document)
    left = {(record.source, record.offset) for record in records}
    payload["records"] = {
        name: kept
        for name, group in payload["records"].items()
        if (kept := [raw for raw in group if (name, raw["offset"]) in left])
    }
    return {**document, "payload": json.dumps(payload)}


def _payload(document: Document) -> Document:
    """The event, which is a JSON string in S3; an offset that is text, as in `KafkaBatchInfo`, becomes a number."""
    given = document["payload"]
    payload: Document = json.loads(given) if isinstance(given, str) else given
    for group in payload["records"].values():
        for raw in group:
            if isinstance(raw["offset"], str):
                raw["offset"] = int(raw["offset"])
    return payload


def _explain(bucket: str, error: ObjectsError) -> str:
    if error.code == "NoSuchBucket":
        return f"There is no bucket {bucket}. Check the source's spelling, and the function's region."
    if error.code in ("AccessDenied", "403"):
        return f"The function's role may not read {bucket}: it needs s3:ListBucket and s3:GetObject there."
    return f"{bucket} cannot be read: {error}. Nothing was lost: try again."
