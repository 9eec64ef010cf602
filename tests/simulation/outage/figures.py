"""What an outage came to, and which promises it broke."""

from dataclasses import asdict, dataclass
from typing import Any

from tests.simulation.world.promises import MOST_LEDGER_BYTES


@dataclass(slots=True)
class Figures:
    """What an outage came to, of one partition. Times are virtual."""

    outage_s: int
    records: int = 0
    for_destination: int = 0
    """Those that were for the destination that was down."""
    largest_ledger_bytes: int = 0
    most_held_messages: int = 0
    """Of the hold queue."""
    held_bytes: int = 0
    """Of their bodies, when the destination is well again."""
    memory_growth_bytes: int = 0
    """From the outage's second minute to the end, by the process's peaks: the hold queue's own messages are in it."""
    drain_s: float = 0.0
    """From the destination's recovery until the hold queue is empty, while as much comes in as before."""
    drained_per_s: float = 0.0
    """Of what the destination took in that time."""
    drain_batches: int = 0
    lost: int = 0
    twice: int = 0
    reordered: int = 0
    dead: int = 0
    redelivered: int = 0
    """Records that the dispatcher did not call done at once."""

    def to_dict(self) -> dict[str, Any]:
        """Return them by name."""
        return asdict(self)


def outage_broke(figures: Figures) -> list[str]:
    """Return the promises that did not hold."""
    most = {"largest_ledger_bytes": MOST_LEDGER_BYTES, **dict.fromkeys(("lost", "twice", "reordered", "dead"), 0)}
    found = figures.to_dict()
    return [
        f"{name} is {found[name]}, and may be {bound} at most" for name, bound in most.items() if found[name] > bound
    ]
