"""Which item the claim of an event shares with those of others (docs/adr/0046).

It follows from the event alone, so that a copy meets the same item whenever and wherever it comes: its route, its time,
and its key.
"""

from zlib import crc32

from comboio.contract.kafka_hash import kafka_hash
from comboio.message.event_time import uuid7_ms, written_ms
from dispatcher.parcel import Parcel

_WINDOW_MS = 55
"""Events of so many milliseconds share items."""

SHARDS = 12
"""Items of a window. With the two, 13,000 messages a second make 60 claims an item, and 68 are 1 KB: one write unit. A
key's shard is Kafka's hash of it: a partition's keys fall on one shard where 12 is a multiple of the partitions, and a
shard's on few partitions where they are more. So a batch of one partition fills items as one of all partitions does."""


def claim_item(parcel: Parcel) -> str:
    """Return the item of a parcel's event; empty where the event has no time, so that its claim has its own."""
    ms = _event_ms(parcel)
    if ms is None or parcel.route is None:
        return ""
    key = parcel.record.key
    shard = kafka_hash(parcel.event_id.encode() if key is None else key) % SHARDS
    return f"events#{parcel.route.name}#{ms // _WINDOW_MS:x}#{shard}"


def _event_ms(parcel: Parcel) -> int | None:
    """Return the time in an event's id, else the one that its message says.

    One of whole seconds says nothing of its milliseconds. A hash of the id stands in for them, so that the events of a
    second do not all fall on its first window.
    """
    ms = uuid7_ms(parcel.event_id)
    if ms is not None:
        return ms
    written = parcel.content.time if parcel.content else None
    if written is None:
        return None
    ms = written_ms(written)
    return ms if ms % 1000 else ms + crc32(parcel.event_id.encode()) % 1000
