"""Which messages travel together in one entry. How they stand in it is comboio.contract.pack's."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

from comboio.contract.pack import gzip_text, message_text, pack_text
from dispatcher.destinations.entry import Encoded, Entry
from dispatcher.destinations.identity import SHARDS
from dispatcher.destinations.payload.text import UnsendableError, beside, json_text
from dispatcher.fault import Fault, FaultKind
from dispatcher.parcel import Parcel

OVERHEAD_BYTES = 200
"""Maximum bytes that a pack adds to a message beside its payload, its topic and its correlation id: the names of the
fields, the other parts of the id, and a traceparent."""

Compression = Literal["none", "gzip"]

MakeEntry = Callable[[Sequence[Parcel]], Encoded]
"""Makes what a destination sends for some parcels."""

Refuse = Callable[[Parcel, Fault], None]
"""Is told of a parcel that no entry can have, and why."""


def packed_body(parcels: Sequence[Parcel], compression: Compression = "none") -> str:
    """Return the body of an entry of many messages."""
    text = pack_text(map(message_json, parcels))
    return gzip_text(text) if compression == "gzip" else text


def entry_body(parcels: Sequence[Parcel], compression: Compression = "none") -> str:
    """Return the body for a service without attributes: one message, or a pack where the route packs."""
    route = parcels[0].route
    return message_json(parcels[0]) if route is None or route.pack == 1 else packed_body(parcels, compression)


def message_json(parcel: Parcel) -> str:
    """Return a message with its ids."""
    return message_text(parcel.record.id, parcel.correlation_id, parcel.traceparent, json_text(parcel), beside(parcel))


def pack(parcels: Iterable[Parcel], make: MakeEntry, max_bytes: int, refuse: Refuse) -> Iterator[Entry]:
    """Make entries of parcels, in order: as many of a route together as its `pack` and `max_bytes` allow.

    Each is made when it is asked for, so that the first can be on its way before the last are made. What is too large
    for any entry is refused when its turn comes.
    """
    makes = _Makes(make, max_bytes, refuse)
    gathering: dict[tuple[str, int | None], list[Parcel]] = {}
    sizes: dict[tuple[str, int | None], int] = {}
    for parcel in parcels:
        route = parcel.route
        if route is None or route.pack == 1:
            yield from makes.entries((parcel,))
            continue
        slot = (route.name, None if parcel.token is None else parcel.token % SHARDS)
        if parcel.attempts:  # it failed before: no other goes with it, and those of its shard stay in order
            if before := gathering.pop(slot, None):
                yield from makes.entries(before)
            yield from makes.entries((parcel,))
            continue
        record = parcel.record
        size = OVERHEAD_BYTES + len(record.source) + len(parcel.correlation_id) + _length(parcel)
        together = gathering.get(slot)
        if together is None or len(together) >= route.pack or sizes[slot] + size > max_bytes:
            gathering[slot] = [parcel]
            sizes[slot] = size
            if together is not None:
                yield from makes.entries(together)
        else:
            together.append(parcel)
            sizes[slot] += size
    for together in gathering.values():
        yield from makes.entries(together)


class _Makes:
    """Makes entries, and halves where one would be too large."""

    def __init__(self, make: MakeEntry, max_bytes: int, refuse: Refuse) -> None:
        self._make = make
        self._max_bytes = max_bytes
        self._refuse = refuse

    def entries(self, together: Sequence[Parcel]) -> Sequence[Entry]:
        """Return the entry of some parcels, or those of their halves; refuse what is too large alone."""
        max_bytes = self._max_bytes
        try:
            wire, size = self._make(together)
            error = ""
        except UnsendableError as unsendable:
            wire, size, error = "", max_bytes + 1, str(unsendable)
        except Exception as defect:  # at one message, which would end the batch again and again
            wire, size, error = "", max_bytes + 1, f"no entry could be made of it: {type(defect).__name__}"
        if size <= max_bytes:
            route = together[0].route
            return (Entry(together, wire, size, _lane(together), route.priority if route else 0),)
        if len(together) > 1:
            middle = len(together) // 2
            return [*self.entries(together[:middle]), *self.entries(together[middle:])]
        error = error or f"{size} bytes are more than the {max_bytes} that an entry may have"
        self._refuse(together[0], Fault(FaultKind.PERMANENT, error))
        return ()


def _length(parcel: Parcel) -> int:
    """Return the bytes of a payload, or nearly: an entry that is too large after all is made again in halves."""
    content = parcel.content
    if content is None or content.text is None:
        return len(parcel.record.value or b"")
    return len(content.json or content.text)


def _lane(parcels: Sequence[Parcel]) -> int | None:
    first = parcels[0]
    if first.token is None or first.route is None:
        return None
    return hash((first.route.name, first.token % SHARDS)) if first.route.pack > 1 else first.token
