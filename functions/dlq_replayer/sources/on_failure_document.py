"""The document that a mapping leaves in its on-failure destination: a batch that it stopped retrying. Pure."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from comboio.contract.cluster import cluster_of, is_cluster
from comboio.contract.dead_letter import DeadLetter
from comboio.contract.dead_letter_schema import MAX_COUNT, Reason
from comboio.contract.record import SOURCES, Record, partition_of, record_of
from comboio.errors import InvalidDataError

_REASON: Reason = "given_up"
"""Why such a record is dead."""

_OFFSET = re.compile(r"[0-9]{1,19}")
"""An offset as text, as it stands in `KafkaBatchInfo`."""

_ORIGIN = ("eventSourceArn", "bootstrapServers")
"""The fields of an event that name its cluster (see `cluster_of`)."""

_NO_LIST = -1
"""The place of what stands where the list of a partition's records should be."""

_MAX_CONDITION = 100
"""Characters of the mapping's own reason that go into a letter's error."""

Place = tuple[str, int]
"""Where a record stands in a document: the name of its partition, and the place in its list."""

Content = dict[str, Any]
"""A document as JSON's own types."""


class NoBatchError(InvalidDataError):
    """An object is no batch of a mapping; the text says why."""


@dataclass(frozen=True, slots=True)
class OnFailureDocument:
    """A batch that a mapping stopped retrying, with what the mapping says of it."""

    content: Content
    """The document as Lambda wrote it."""
    event: Content
    """The event with the batch's records, and with the cluster, also where the event itself lacks it."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a document.

        Raises:
            NoBatchError: the text is no document of a mapping.
        """
        content = _object(text)
        return cls(content, _event(content))

    def records(self) -> Iterator[tuple[Place, object]]:
        """Return the records of all partitions with their places, unread."""
        for name, group in self.event["records"].items():
            for number, raw in _numbered(group):
                yield (name, number), raw

    def letter(self, place: Place, raw: object, failed_at: int) -> DeadLetter:
        """Return the dead letter of a record.

        Its id is the one that a letter of the dispatcher would have, so that a record with both is replayed once.

        Raises:
            MalformedRecordError: it is no record of Kafka.
        """
        record: Record = record_of(cluster_of(self.event), partition_of(place[0]), _with_number(raw))
        return DeadLetter.of(
            record,
            reason=_REASON,
            error=self._error(),
            attempts=self._attempts(),
            first_failure=failed_at,
            last_failure=failed_at,
            correlation_id=record.header("correlation_id") or record.position,
        )

    def failed_at(self, otherwise: int) -> int:
        """Return the document's own time (epoch ms), which outlives a rewrite of the object; `otherwise` without it."""
        try:
            return int(datetime.fromisoformat(self.content["timestamp"]).timestamp() * 1000)
        except (KeyError, TypeError, ValueError, OverflowError):
            return otherwise

    def _context(self) -> Mapping[str, Any]:
        context = self.content.get("requestContext")
        return context if isinstance(context, dict) else {}

    def _error(self) -> str:
        """Return why the mapping stopped, in the document's own word (AWS has several spellings)."""
        condition = self._context().get("condition")
        return f"The mapping stopped retrying: {str(condition or 'unknown')[:_MAX_CONDITION]}"

    def _attempts(self) -> int:
        """Return after how many invocations the mapping stopped."""
        invoked = self._context().get("approximateInvokeCount")
        return invoked if type(invoked) is int and 0 <= invoked <= MAX_COUNT else 0


def with_only(content: Content, places: frozenset[Place]) -> bytes:
    """Return a document with the records at `places` only, and with everything else as it came."""
    given = content["payload"]
    event: Content = json.loads(given) if isinstance(given, str) else given
    records = {
        name: kept
        for name, group in event["records"].items()
        if (kept := [raw for number, raw in _numbered(group) if (name, number) in places])
    }
    return json.dumps({**content, "payload": json.dumps({**event, "records": records})}).encode()


def _object(text: str) -> Content:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NoBatchError(f"it is not JSON ({type(error).__name__})") from None
    if not isinstance(found, dict):
        raise NoBatchError("it is JSON, but not an object")
    return found


def _event(content: Content) -> Content:
    payload = content.get("payload")
    event = _object(payload) if isinstance(payload, str) else payload
    if not isinstance(event, dict) or event.get("eventSource") not in SOURCES:
        raise NoBatchError("its payload is not an event of Kafka")
    if not isinstance(event.get("records"), dict):
        raise NoBatchError("its payload has no records")
    info = content.get("KafkaBatchInfo")
    if not cluster_of(event) and isinstance(info, dict):
        event = {**event, **{name: info[name] for name in _ORIGIN if name in info}}
    if not is_cluster(cluster_of(event)):
        raise NoBatchError("its eventSourceArn or bootstrapServers is too long, or not ASCII")
    return event


def _numbered(group: object) -> Iterable[tuple[int, object]]:
    """Return the records of a partition with their places; what should be a list and is none is one foreign record."""
    return enumerate(group) if isinstance(group, list) else [(_NO_LIST, group)]


def _with_number(raw: object) -> object:
    """Return a record with its offset as a number, where it is text."""
    offset = raw.get("offset") if isinstance(raw, dict) else None
    if not (isinstance(raw, dict) and isinstance(offset, str) and _OFFSET.fullmatch(offset)):
        return raw
    return {**raw, "offset": int(offset)}
