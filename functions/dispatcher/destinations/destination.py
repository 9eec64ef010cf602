"""What the dispatcher asks of a destination."""

from collections.abc import Callable, Sequence
from math import inf
from typing import Protocol, runtime_checkable

from comboio.aws.begun import Begun
from comboio.aws.json_api import AwsError, JsonApi, Service
from dispatcher.destinations.entry import Encoded, Entry
from dispatcher.fault import Fault, FaultKind
from dispatcher.parcel import Parcel

Clients = Callable[[Service], JsonApi]
"""Gives the client of an AWS service; the same one each time."""


NO_BOUND = inf
"""The time of a call whose sender bounds nothing: the client's own timeout then holds alone."""


class Destination(Protocol):
    """One batch call of a downstream service, with the limits that the service sets.

    Its module has two texts for people: GUARANTEE, what a user may rely on, and LIMITS, of a call and of an entry.
    """

    name: str
    """Its name in the routing table."""
    max_entries: int
    """Maximum entries of one call."""
    max_bytes: int
    """Maximum bytes of one call."""
    max_entry_bytes: int
    """Maximum bytes of one entry."""
    concurrency: int
    """Maximum calls in flight."""

    def make(self, parcels: Sequence[Parcel]) -> Encoded:
        """Return what is sent for some parcels: one, or a pack."""
        ...

    def send(self, entries: Sequence[Entry], timeout_s: float = NO_BOUND) -> list[Fault | None]:
        """Make one call; return for each entry None, or why the service does not have it.

        The call ends within `timeout_s` seconds, or within the client's own timeout if that is shorter. It sends
        nothing twice, and never raises AwsError.
        """
        ...


@runtime_checkable
class BeginsCalls(Protocol):
    """A destination whose calls need no thread that waits for them."""

    def begin(self, entries: Sequence[Entry], timeout_s: float) -> Begun | None:
        """Begin what `Destination.send` does, or return None where a thread has to do it; nothing was sent then."""
        ...

    def finish(self, begun: Begun, entries: int) -> list[Fault | None]:
        """Return what `Destination.send` would have returned, of a call of so many entries that is over."""
        ...


class ShapedDestination:
    """A destination whose messages are changed before they are put into its entries."""

    def __init__(self, inner: Destination, reshape: Callable[[Parcel], Parcel]) -> None:
        self._inner = inner
        self._begins = inner if isinstance(inner, BeginsCalls) else None
        self._reshape = reshape
        self.name = inner.name
        self.max_entries = inner.max_entries
        self.max_bytes = inner.max_bytes
        self.max_entry_bytes = inner.max_entry_bytes
        self.concurrency = inner.concurrency

    def make(self, parcels: Sequence[Parcel]) -> Encoded:
        """See Destination."""
        return self._inner.make(list(map(self._reshape, parcels)))

    def send(self, entries: Sequence[Entry], timeout_s: float = NO_BOUND) -> list[Fault | None]:
        """See Destination."""
        return self._inner.send(entries, timeout_s)

    def begin(self, entries: Sequence[Entry], timeout_s: float) -> Begun | None:
        """See BeginsCalls."""
        return self._begins.begin(entries, timeout_s) if self._begins else None

    def finish(self, begun: Begun, entries: int) -> list[Fault | None]:
        """See BeginsCalls."""
        return self._begins.finish(begun, entries) if self._begins else []


def fault_of(error: AwsError, permanent: frozenset[str]) -> Fault:
    """Return the fault of a call that failed whole.

    Only the codes in `permanent` are about the message. All others (no permission, no such queue, a wrong key) are
    about the destination: it is better to wait until somebody corrects it than to dead-letter its messages.
    """
    if error.code in permanent:
        return Fault(FaultKind.PERMANENT, str(error))
    return Fault(FaultKind.THROTTLED if error.throttled else FaultKind.TRANSIENT, str(error))
