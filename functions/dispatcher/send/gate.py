"""Which destinations may be called now: what the execution environments share of their state, as a batch sees it."""

from collections.abc import Collection, Mapping
from typing import NamedTuple, Protocol

from msgspec import Struct, field

from comboio.destination_state.state import Permission
from dispatcher.send.destination_state import DestinationState


class Permissions(Struct, frozen=True):
    """What a batch may do."""

    destinations: Mapping[str, Permission] = field(default_factory=dict)
    """By destination; one that is not named may be called."""
    paused_routes: frozenset[str] = frozenset()
    """Routes that an operator paused."""
    opens_in_s: Mapping[str, float] = field(default_factory=dict)
    """By closed destination: the seconds until it may be worth another look."""
    doubts: Mapping[str, bool] = field(default_factory=dict)
    """By destination whose health was doubted: whether a call succeeded since."""

    def closed(self, destination: str) -> bool:
        """Return whether a destination must not be called."""
        return self.destinations.get(destination) in (Permission.WAIT, Permission.PAUSED)

    @property
    def paused_destinations(self) -> frozenset[str]:
        """Destinations that an operator paused."""
        return frozenset(name for name, given in self.destinations.items() if given is Permission.PAUSED)


class Evidence(NamedTuple):
    """What a batch's calls say of its destinations, beside their circuits."""

    well: Collection[str] = ()
    """Those that took something."""
    doubtful: Collection[str] = ()
    """Those that took nothing and failed on a message that had failed before: it may be the message."""


NO_EVIDENCE = Evidence()


class Gate(Protocol):
    """Knows and tells the shared state of destinations."""

    def permissions(
        self,
        states: Mapping[str, DestinationState],
        routes: Collection[str],
        *,
        may_probe: Collection[str],
        within_s: float,
    ) -> Permissions:
        """Return what may be done with some destinations and routes; a state that cannot be read permits everything.

        The circuit of a destination that another environment found recovered is closed. `may_probe` names
        those whose probe this batch may take when they are cut off. It takes at most `within_s` seconds.
        """
        ...

    def learn(
        self,
        states: Mapping[str, DestinationState],
        permissions: Permissions,
        evidence: Evidence = NO_EVIDENCE,
        *,
        within_s: float,
    ) -> None:
        """Tell the other environments what was found out since `permissions` were given.

        What there is no time for is told after the next batch.
        """
        ...


class OpenGate:
    """Shares nothing: every environment finds out for itself."""

    def permissions(
        self,
        states: Mapping[str, DestinationState],  # noqa: ARG002 nothing is shared
        routes: Collection[str],  # noqa: ARG002 nothing is shared
        *,
        may_probe: Collection[str],  # noqa: ARG002 nothing is shared
        within_s: float,  # noqa: ARG002 nothing is shared
    ) -> Permissions:
        """See Gate."""
        return Permissions()

    def learn(
        self,
        states: Mapping[str, DestinationState],
        permissions: Permissions,
        evidence: Evidence = NO_EVIDENCE,
        *,
        within_s: float,
    ) -> None:
        """See Gate."""
