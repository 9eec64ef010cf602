"""All that a load is packed into."""

from collections.abc import Iterable

from dispatcher.destinations.entry import Entry
from dispatcher.destinations.packing import MakeEntry, pack
from dispatcher.fault import Fault
from dispatcher.parcel import Parcel


def packed(
    parcels: Iterable[Parcel], make: MakeEntry, max_bytes: int
) -> tuple[list[Entry], list[tuple[Parcel, Fault]]]:
    """Return the entries of parcels, and what is refused."""
    refused: list[tuple[Parcel, Fault]] = []
    return list(pack(parcels, make, max_bytes, lambda parcel, fault: refused.append((parcel, fault)))), refused
