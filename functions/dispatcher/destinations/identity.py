"""The ids that go with a message, in the form that each service allows.

A record's id has the name of its topic, which Kafka lets grow to 249 characters. Where a service takes less, or fewer
characters, a digest stands for the id: two ids never become one by being cut.
"""

import re
from collections.abc import Sequence
from hashlib import blake2b
from json.encoder import encode_basestring_ascii

from dispatcher.parcel import Parcel

SHARDS = 64
"""Keys that keep order share a pack with the keys of their shard; a key is always in the same one."""

quoted = encode_basestring_ascii
"""Return a text as JSON, quotation marks and all: ids come from events, and whoever may invoke can forge those."""

_FIFO_ID = re.compile(r"[!-~]{1,128}")
"""What SQS and SNS allow as MessageDeduplicationId and MessageGroupId; Kinesis takes it as a partition key too."""

_EXECUTION_NAME = re.compile(r"(?!event-|pack-)[A-Za-z0-9_-]{1,80}")
"""What Step Functions allows as a name, without those that are made here."""


def pack_id(parcels: Sequence[Parcel]) -> str:
    """Return the id of several messages: the same for the same messages in the same order."""
    return _digest("\n".join([parcel.record.id for parcel in parcels]))


def deduplication_id(parcels: Sequence[Parcel]) -> str:
    """Return what a FIFO queue or topic tells duplicates by: the event's id, or the pack's."""
    return fifo_text(parcels[0].event_id) if len(parcels) == 1 else pack_id(parcels)


def group_name(parcels: Sequence[Parcel]) -> str:
    """Return the name of the entry's order group: its key, its shard, or (where no order is kept) its own id."""
    first = parcels[0]
    if first.token is None or first.route is None:
        return fifo_text(first.record.id)
    if first.route.pack > 1:
        return f"shard-{first.token % SHARDS}"
    key = first.record.key or b""
    text = key.decode("ascii", "replace")
    return text if _FIFO_ID.fullmatch(text) else f"key-{first.token}-{key[:40].hex()}"


def execution_name(parcels: Sequence[Parcel]) -> str:
    """Return the name of an execution: the event's id if it may be one, else a digest of it, or the pack's id."""
    if len(parcels) > 1:
        return f"pack-{pack_id(parcels)}"
    event_id = parcels[0].event_id
    return event_id if _EXECUTION_NAME.fullmatch(event_id) else f"event-{_digest(event_id)}"


def fifo_text(text: str) -> str:
    """Return the text if a FIFO queue allows it as an id, else a digest of it."""
    return text if _FIFO_ID.fullmatch(text) else _digest(text)


def is_header_value(text: str) -> bool:
    """Return whether a text may be the value of an HTTP header."""
    return bool(text) and text.isascii() and text.isprintable()


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()
