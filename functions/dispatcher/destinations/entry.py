"""An entry of a destination's batch call: one message, or several packed into one."""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct

from dispatcher.parcel import Parcel


class Encoded(NamedTuple):
    """Some messages as a destination sends them."""

    body: str
    """Whatever the destination makes its call of; nobody else reads it."""

    size: int
    """Its bytes, as the service counts them."""


class Entry(Struct, gc=False, eq=False):
    """Some parcels that travel together."""

    parcels: Sequence[Parcel]
    wire: str
    """What the destination made of the parcels."""
    size: int
    """Its bytes, as the service counts them."""
    lane: int | None = None
    """Entries of one lane go one after the other; None stands for no order."""
    priority: int = 0
    """Higher goes first."""
    tries: int = 0
    """Calls in this batch that this entry was in."""

    @property
    def alone(self) -> bool:
        """Whether it goes in a call of its own: its message failed before, and might take others with it."""
        return self.parcels[0].attempts > 0

    def __repr__(self) -> str:
        """Say how much it is; what its messages say stands in no log."""
        return f"Entry({len(self.parcels)} messages, {self.size} bytes)"
