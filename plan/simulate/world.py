"""The world that is simulated: what comes in, who reads it, what a batch takes, and what goes wrong when."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from plan.simulate.arrivals import Arrivals


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which partitions are not read: an outage, a rebalance, a lease that has to run out."""

    begins: float
    """When (s)."""
    ends: float
    """Until when (s)."""
    partitions: frozenset[int] | None = None
    """Which ones; None is all of them."""
    loses: bool = False
    """Whether the batches under way are lost, and come again."""

    def has(self, partition: int, at: float) -> bool:
        """Return whether a partition is not read at a time."""
        return self.begins <= at < self.ends and (self.partitions is None or partition in self.partitions)


@dataclass(frozen=True, slots=True)
class Reader:
    """A poller, or a consumer: what it reads, and how."""

    partitions: tuple[int, ...]
    """Its partitions."""
    invocations: int
    """Batches that it may have under way."""
    begins: float = 0.0
    """From when on it reads (s)."""
    ends: float = float("inf")
    """Until when (s)."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything that a run follows from."""

    arrivals: Sequence[Arrivals]
    """By partition."""
    readers: Sequence[Reader]
    """Who reads; a partition has one reader at a time."""
    batch_s: float
    """Seconds of a batch beside its messages, with a core of its own."""
    message_s: float
    """Seconds of a message, with a core of its own."""
    window_s: float
    """How long a batch waits to fill."""
    most_records: int
    """Records of a batch at most."""
    cores: float = float("inf")
    """Cores that all batches share; infinity where each environment has its own."""
    visible_s: float = 0.0
    """How long after its arrival a record can be read: the producer's linger, and a fetch."""
    pauses: Sequence[Pause] = field(default=())
    """What goes wrong."""
