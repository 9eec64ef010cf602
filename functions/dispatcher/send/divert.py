"""Which parcels leave the partition's way, and in which messages of the hold queue they go. Pure.

A parcel is diverted for a destination that did not take it now, and may take it later. It carries along all that a
drainer needs to go on with it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from msgspec.structs import replace

from comboio.contract.hold import HeldRecord, HoldMessage, in_messages
from dispatcher.attempts import dead_after, uses_attempt
from dispatcher.fault import Fault, FaultKind
from dispatcher.parcel import Parcel

_BEHIND = Fault(FaultKind.HELD, "earlier records of the partition are in the hold queue for this destination")
CLOSED = Fault(FaultKind.HELD, "the destination is cut off or paused")
SLOW = Fault(FaultKind.HELD, "its calls take longer than a batch waits; the drainer serves it")
PAUSED = Fault(FaultKind.HELD, "the route is paused")

Behind = Mapping[tuple[str, str], str]
"""Partitions and destinations: records that keep order must not go straight from the one to the other now. With the
token of the last message between them in the hold queue that the ledger knows of."""


def hold_behind(parcels: Iterable[Parcel], behind: Collection[tuple[str, str]]) -> None:
    """Give a fault to each parcel that keeps order and would overtake what is in the hold queue for a destination."""
    if not behind:
        return
    for parcel in parcels:
        if parcel.token is None or parcel.route is None:
            continue
        partition = parcel.record.partition_name
        for name in parcel.route.to:
            if (partition, name) in behind and name not in parcel.served:
                parcel.add_fault(name, _BEHIND)


def to_divert(parcels: Iterable[Parcel]) -> dict[tuple[str, str, bool], list[Parcel]]:
    """Return the parcels to divert by partition, destination and whether they keep order, each in the order they came.

    Not diverted is what a destination refused for good, or failed on too often: that goes to the DLQ, whole. Where the
    route's records wait in Kafka, only what comes behind the hold queue is diverted, as after a change of `when_down`:
    it could wait for ever for a message that the partition's ledger does not know of.
    """
    groups: dict[tuple[str, str, bool], list[Parcel]] = {}
    for parcel in parcels:
        route = parcel.route
        if not parcel.faults or route is None or dying(parcel):
            continue
        partition = parcel.record.partition_name
        for name in [name for name, fault in parcel.faults.items() if route.when_down == "divert" or fault is _BEHIND]:
            groups.setdefault((partition, name, parcel.token is not None), []).append(parcel)
    return groups


def dying(parcel: Parcel) -> bool:
    """Return whether a parcel goes to the DLQ: a destination refused it for good, or failed on it too often."""
    fault, route = parcel.fault, parcel.route
    if fault is None or route is None:
        return False
    return uses_attempt(fault) and dead_after(fault, parcel.attempts + 1, route.max_attempts) is not None


def followers(parcels: Iterable[Parcel], leads: Callable[[Parcel], bool]) -> list[Parcel]:
    """Return those that come after one of their key that `leads` says it of, and that are no such ones themselves."""
    keys: set[tuple[str, int]] = set()
    found = []
    for parcel in parcels:
        if parcel.token is None:
            continue
        key = (parcel.record.partition_name, parcel.token)
        if leads(parcel):
            keys.add(key)
        elif key in keys:
            found.append(parcel)
    return found


def without(parcels: Iterable[Parcel], those: Iterable[Parcel]) -> list[Parcel]:
    """Return parcels without some of them."""
    left_out = {id(parcel) for parcel in those}
    if not left_out:
        return list(parcels)
    return [parcel for parcel in parcels if id(parcel) not in left_out]


def messages_of(
    parcels: Sequence[Parcel], destination: str, now: int, *, ordered: bool, after: str = ""
) -> list[HoldMessage]:
    """Return the hold messages of some parcels of one partition, in order; `after`: behind that message."""
    messages = in_messages(destination, [_held(parcel, destination, now) for parcel in parcels], ordered=ordered)
    return [replace(message, after=after) for message in messages] if after else messages


def _held(parcel: Parcel, destination: str, now: int) -> HeldRecord:
    fault = parcel.faults[destination] if parcel.faults else None
    used = fault is not None and uses_attempt(fault)
    return HeldRecord(
        parcel.record,
        parcel.route.name if parcel.route else "",
        parcel.attempts + used,
        parcel.since or now,
        parcel.correlation_id,
        parcel.event_id,
        parcel.traceparent,
        tuple(name for name in parcel.route.to if name != destination) if parcel.route else (),
    )
