"""A message of the hold queue: records that a destination did not take, with all that is needed to go on with them.

One message has records of one partition for one destination, in offset order. Its body is base64 over zlib over JSON:
`{"comboio_hold": 1, "destination": ..., "cluster": ..., "topic": ..., "partition": n, "ordered": true or false,
"served": {route: [destination, ...]}, "records": [[offset, timestamp, key, value, headers, route, attempts, since,
correlation id, event id, traceparent], ...]}`, where bytes are text of the same code points (Latin-1), so that they
come back byte for byte and compress well.
"""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

from msgspec import Struct

from comboio.contract.cluster import is_cluster
from comboio.contract.kafka_types import is_offset, is_partition, is_timestamp, is_topic
from comboio.contract.name import is_name
from comboio.contract.record import Record
from comboio.errors import InvalidDataError

VERSION = 1
MOST_BODY_BYTES = 1_048_576
"""SQS takes 1 MiB in a message, and in a call."""
MOST_RECORDS = 2_000
"""Of one message: what a drainer sends in a few seconds, and a bound to what it must remember of a message in part."""
_MOST_RAW_BYTES = 950_000
"""Of one message, as `_raw_bytes` counts: fits MOST_BODY_BYTES even if nothing can be compressed."""
MOST_INFLATED_BYTES = 67_108_864
"""Of a message's JSON: more than a batch of Lambda's 6 MB can come to, though each byte were escaped."""


class ForeignHoldMessageError(InvalidDataError):
    """The message is none of the hold queue's, or of a version that this code does not read."""


class HeldRecord(NamedTuple):
    """One record, and how far it is."""

    record: Record
    route: str
    attempts: int
    since: int
    """When a destination first did not take it (epoch ms)."""
    correlation_id: str
    event_id: str
    traceparent: str | None
    served: tuple[str, ...] = ()
    """The other destinations of its route, which have it or wait for it elsewhere: its dead letter is not for them.
    The same for all records of a route in a message."""


class HoldMessage(Struct, frozen=True):
    """Records of one partition that wait for one destination."""

    destination: str
    ordered: bool
    """Whether later records of the partition for this destination must stay behind these."""
    records: tuple[HeldRecord, ...]
    """At least one."""
    after: str = ""
    """The token of the last message of the partition for this destination that its writer knew of, if any."""

    @property
    def partition(self) -> str:
        """The partition's name in the ledger."""
        return self.records[0].record.partition_name

    @property
    def token(self) -> str:
        """The message's own id: the same for the same records behind the same message.

        SQS tells a repeated write by it. Behind another message it is another one: SQS would take it for the first,
        which may be drained already, and as the last diverted it would let later records overtake what is in between.
        """
        ids = "".join(held.record.id for held in self.records) + self.after
        return blake2b(f"{self.destination}>{ids}".encode(), digest_size=12).hexdigest()

    @property
    def too_large(self) -> bool:
        """Whether SQS takes it in no way: it is one record, of which too little can be compressed.

        A record of this size is alone in its message (`in_messages`), and others need not be written to know.
        """
        return _raw_bytes(self.records[0]) > _MOST_RAW_BYTES and len(self.to_body()) > MOST_BODY_BYTES

    @property
    def group(self) -> str:
        """The order group that it belongs to."""
        return hold_group(self.partition, self.destination, ordered=self.ordered)

    def to_body(self) -> str:
        """Return the message as it is written."""
        first = self.records[0].record
        fields = {
            "comboio_hold": VERSION,
            "destination": self.destination,
            "cluster": first.cluster,
            "topic": first.topic,
            "partition": first.partition,
            "ordered": self.ordered,
            "served": {held.route: held.served for held in self.records if held.served},
            "records": [_row(held) for held in self.records],
            **({"after": self.after} if self.after else {}),
        }
        return b64encode(zlib.compress(json.dumps(fields, separators=(",", ":")).encode(), 1)).decode()

    @classmethod
    def from_body(cls, body: str) -> "HoldMessage":
        """Read a message.

        Raises:
            ForeignHoldMessageError: it is damaged, or no message of the hold queue.
        """
        try:
            fields = json.loads(_inflated(b64decode(body, validate=True)))
            if fields["comboio_hold"] != VERSION:
                raise ForeignHoldMessageError(f"A hold message of another version; this one reads {VERSION}.")
            place = fields["cluster"], fields["topic"], fields["partition"]
            if not (is_cluster(place[0]) and is_topic(place[1]) and is_partition(place[2])):
                raise ValueError("its cluster, topic or partition is none")
            served = {_text(route): _texts(names) for route, names in fields.get("served", {}).items()}
            if not is_name(fields["destination"]):
                raise ValueError("its destination is none")
            after = _text(fields.get("after", ""))
            if not after.isascii():
                raise ValueError("what it stands behind is no token")
            records = tuple(_held(place, row, served) for row in fields["records"])
            if not records:
                raise ValueError("it has no records")
            return cls(fields["destination"], fields["ordered"] is True, records, after)
        except (zlib.error, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise ForeignHoldMessageError(f"Not a message of the hold queue: {type(error).__name__} {error}.") from None


ALONE = "alone-"
"""What the order group of a message begins with that nothing waits for."""


def hold_group(partition: str, destination: str, *, ordered: bool) -> str:
    """Return the order group of what a destination did not take of a partition: at most 128 characters."""
    digest = blake2b(f"{partition}>{destination}".encode(), digest_size=16).hexdigest()
    return f"{'ordered' if ordered else 'loose'}-{digest}"


def in_messages(destination: str, records: Sequence[HeldRecord], *, ordered: bool) -> list[HoldMessage]:
    """Return the messages for records of one partition, in offset order, each no larger than it may be."""
    messages: list[HoldMessage] = []
    gathered: list[HeldRecord] = []
    size = 0
    for held in records:
        bytes_more = _raw_bytes(held)
        if gathered and (size + bytes_more > _MOST_RAW_BYTES or len(gathered) == MOST_RECORDS):
            messages.append(HoldMessage(destination, ordered, tuple(gathered)))
            gathered, size = [], 0
        gathered.append(held)
        size += bytes_more
    if gathered:
        messages.append(HoldMessage(destination, ordered, tuple(gathered)))
    return messages


def _raw_bytes(held: HeldRecord) -> int:
    """Return what a record adds to a body at most: a random byte takes less than two, compressed and in base64."""
    record = held.record
    data = len(record.value or b"") + len(record.key or b"") + len(str(record.raw_headers))
    return 150 + data * 2


def _row(held: HeldRecord) -> list[Any]:
    record = held.record
    return [
        record.offset,
        record.timestamp,
        _latin(record.key),
        _latin(record.value),
        [[name, _latin(value)] for name, value in record.headers()],
        held.route,
        held.attempts,
        held.since,
        held.correlation_id,
        held.event_id,
        held.traceparent,
    ]


def _held(place: tuple[str, str, int], row: Any, served: Mapping[str, tuple[str, ...]]) -> HeldRecord:
    offset, timestamp, key, value, headers, route, attempts, since, correlation_id, event_id, traceparent = row
    cluster, topic, partition = place
    if not is_offset(offset) or not is_timestamp(timestamp):
        raise ValueError("an offset or a timestamp is none")
    record = Record(
        cluster,
        f"{topic}-{partition}",
        topic,
        partition,
        offset,
        timestamp,
        _bytes(key),
        _bytes(value),
        [{_text(name): list(_bytes(data) or b"")} for name, data in headers],
    )
    return HeldRecord(
        record,
        _text(route),
        _number(attempts),
        _number(since),
        _text(correlation_id),
        _text(event_id),
        None if traceparent is None else _text(traceparent),
        served.get(route, ()),
    )


def _latin(data: bytes | None) -> str | None:
    return None if data is None else data.decode("latin-1")


def _bytes(text: Any) -> bytes | None:
    return None if text is None else _text(text).encode("latin-1")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a text is {type(value).__name__}")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError("a list of texts is none")
    return tuple(map(_text, value))


def _number(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("a number is none, or too small")
    return value


def _inflated(data: bytes) -> bytes:
    """Return what was compressed, if it ends and is no larger than a message may be."""
    inflater = zlib.decompressobj()
    text = inflater.decompress(data, MOST_INFLATED_BYTES)
    if not inflater.eof:
        raise ValueError("it is cut off, or too large")
    return text


def groups_of(messages: Iterable[HoldMessage]) -> dict[str, list[HoldMessage]]:
    """Return messages by their order group, each group in order."""
    groups: dict[str, list[HoldMessage]] = {}
    for message in messages:
        groups.setdefault(message.group, []).append(message)
    return groups
