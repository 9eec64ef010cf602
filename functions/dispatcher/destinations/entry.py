"""An entry of a destination's batch call: one message, or several packed into one."""

from collections.abc import Sequence
from typing import NamedTuple

from dispatcher.parcel import Parcel


class Encoded(NamedTuple):
    """Some messages as a destination sends them."""

    body: str
    """Whatever the destination makes its call of; nobody else reads it."""

    size: int
    """Its bytes, as the service counts them."""


class Entry:
    """Some parcels that travel together."""

    __slots__ = ("alone", "lane", "parcels", "priority", "size", "tries", "wire")

    def __init__(
        self, parcels: Sequence[Parcel], wire: str, size: int, lane: int | None = None, priority: int = 0
    ) -> None:
        self.parcels = parcels
        self.wire = wire
        """What the destination made of the parcels."""
        self.size = size
        """Its bytes, as the service counts them."""
        self.lane = lane
        """Entries of one lane go one after the other; None stands for no order."""
        self.priority = priority
        """Higher goes first."""
        self.tries = 0
        """Calls in this batch that this entry was in."""
        self.alone = parcels[0].attempts > 0
        """Whether it goes in a call of its own: its message failed before, and might take others with it."""
