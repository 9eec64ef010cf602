"""An entry of a destination's batch call: one message, or several packed into one."""

from collections.abc import Sequence
from typing import Any

from dispatcher.parcel import Parcel


class Entry:
    """`wire` is what the destination made of the parcels, `size` its bytes as the service counts them.

    Entries of one `lane` go one after the other; None stands for no order. `tries` counts calls in this batch.
    """

    __slots__ = ("lane", "parcels", "priority", "size", "tries", "wire")

    def __init__(
        self, parcels: Sequence[Parcel], wire: Any, size: int, lane: int | None = None, priority: int = 0
    ) -> None:
        self.parcels = parcels
        self.wire = wire
        self.size = size
        self.lane = lane
        self.priority = priority
        self.tries = 0
