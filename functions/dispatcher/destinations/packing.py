"""Which messages travel together in one entry, and how they stand in it.

Format of a message where the service has no attributes for its ids: `{"id":...,"correlation_id":...,"traceparent":...,
"message":...}`, where `id` is the record's own (see comboio.contract.record), unique and the same in every redelivery,
`traceparent` is left out where the record has none, and `message` is the payload as it came. Format of a pack:
`{"comboio_pack":1,"messages":[...]}` with such messages. A reader: comboio.contract.unpack.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from dispatcher.destinations.entry import Entry
from dispatcher.destinations.identity import SHARDS, quoted
from dispatcher.fault import Fault, FaultKind
from dispatcher.parcel import Parcel

OVERHEAD_BYTES = 200
"""Maximum bytes that a pack adds to a message beside its payload, its topic and its correlation id: the names of the
fields, the other parts of the id, and a traceparent."""

PACK_START = '{"comboio_pack":1,"messages":['
PACK_END = "]}"

MakeEntry = Callable[[Sequence[Parcel]], tuple[Any, int]]
"""What a destination sends for some parcels, and its size in bytes as the service counts them."""


def packed_body(parcels: Sequence[Parcel]) -> str:
    """The body of an entry of many messages."""
    return f"{PACK_START}{','.join(map(message_json, parcels))}{PACK_END}"


def entry_body(parcels: Sequence[Parcel]) -> str:
    """The body of an entry of a service without attributes: one message, or a pack where the route packs."""
    route = parcels[0].route
    return message_json(parcels[0]) if route is None or route.pack == 1 else packed_body(parcels)


def message_json(parcel: Parcel) -> str:
    """A message with its ids."""
    trace = f'"traceparent":"{parcel.traceparent}",' if parcel.traceparent else ""
    value = (parcel.record.value or b"").decode()
    name, correlation_id = quoted(parcel.record.id), quoted(parcel.correlation_id)
    return f'{{"id":{name},"correlation_id":{correlation_id},{trace}"message":{value}}}'


def pack(parcels: Iterable[Parcel], make: MakeEntry, max_bytes: int) -> tuple[list[Entry], list[tuple[Parcel, Fault]]]:
    """Makes entries of parcels, in order: as many of a route together as its `pack` and `max_bytes` allow.

    Also returns what is too large for any entry.
    """
    entries: list[Entry] = []
    refused: list[tuple[Parcel, Fault]] = []

    def close(together: Sequence[Parcel]) -> None:
        wire, size = make(together)
        if size <= max_bytes:
            route = together[0].route
            entries.append(Entry(together, wire, size, _lane(together), route.priority if route else 0))
        elif len(together) > 1:
            middle = len(together) // 2
            close(together[:middle])
            close(together[middle:])
        else:
            error = f"{size} bytes are more than the {max_bytes} that an entry may have"
            refused.append((together[0], Fault(FaultKind.PERMANENT, error)))

    gathering: dict[tuple[str, int | None], list[Parcel]] = {}
    sizes: dict[tuple[str, int | None], int] = {}
    for parcel in parcels:
        route = parcel.route
        if route is None or route.pack == 1:
            close((parcel,))
            continue
        slot = (route.name, None if parcel.token is None else parcel.token % SHARDS)
        record = parcel.record
        size = OVERHEAD_BYTES + len(record.source) + len(parcel.correlation_id) + len(record.value or b"")
        together = gathering.get(slot)
        if together is None or len(together) >= route.pack or sizes[slot] + size > max_bytes:
            if together is not None:
                close(together)
            gathering[slot] = [parcel]
            sizes[slot] = size
        else:
            together.append(parcel)
            sizes[slot] += size
    for together in gathering.values():
        close(together)
    return entries, refused


def _lane(parcels: Sequence[Parcel]) -> int | None:
    first = parcels[0]
    if first.token is None or first.route is None:
        return None
    return hash((first.route.name, first.token % SHARDS)) if first.route.pack > 1 else first.token
