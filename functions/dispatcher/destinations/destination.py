"""What the dispatcher asks of a destination."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from comboio.aws.json_api import AwsError, JsonApi, Service
from dispatcher.destinations.entry import Entry
from dispatcher.fault import Fault, FaultKind
from dispatcher.parcel import Parcel

Clients = Callable[[Service], JsonApi]
"""Gives the client of an AWS service; the same one each time."""


class Destination(Protocol):
    """One batch call of a downstream service, with the limits that the service sets.

    Attributes:
        name: its name in the routing table.
        max_entries, max_bytes: of one call.
        max_entry_bytes: of one entry.
        concurrency: calls at the same time, at the most.
    """

    name: str
    max_entries: int
    max_bytes: int
    max_entry_bytes: int
    concurrency: int

    def make(self, parcels: Sequence[Parcel]) -> tuple[Any, int]:
        """What is sent for some parcels (one, or a pack), and its size in bytes as the service counts them."""
        ...

    def send(self, entries: Sequence[Entry]) -> list[Fault | None]:
        """One call. For each entry None, or why the service does not have it. Never raises AwsError."""
        ...


def fault_of(error: AwsError, permanent: frozenset[str]) -> Fault:
    """The fault of a call that failed whole.

    Only the codes in `permanent` speak of the message. All others (no permission, no such queue, a wrong key) speak
    of the destination: better to wait until somebody mends it than to write its messages.
    """
    if error.code in permanent:
        return Fault(FaultKind.PERMANENT, str(error))
    return Fault(FaultKind.THROTTLED if error.throttled else FaultKind.TRANSIENT, str(error))
