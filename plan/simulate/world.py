"""The world that is simulated: what comes in, who reads it, what a batch takes, and what goes wrong when."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from plan.simulate.arrivals import Arrivals


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which partitions are not read: an outage, a rebalance."""

    begins: float
    """When (s)."""
    ends: float
    """Until when (s)."""
    partitions: frozenset[int] | None = None
    """Which ones; None is all of them."""

    def has(self, partition: int, at: float) -> bool:
        """Return whether a partition is not read at a time."""
        return self.begins <= at < self.ends and (self.partitions is None or partition in self.partitions)


@dataclass(frozen=True, slots=True)
class Crash:
    """A batch that comes to nothing: its partitions stay leased until its deadline, and its records come again."""

    at: float
    """The first batch of the reader that begins or is under way from then on crashes at its end (s)."""
    reader: int
    """Whose batch, by its place in the world's list."""
    lease_s: float
    """Seconds from the batch's begin until its partitions are free again: the lease, and a retry's wait."""


@dataclass(frozen=True, slots=True)
class InVain:
    """What a batch takes that finds nothing to do: its partitions are leased to another, or its records are done."""

    batch_s: float
    """Seconds of such a batch beside its messages, with a core of its own."""
    message_s: float
    """Seconds of a message."""
    wait_s: float
    """Seconds until partitions that are leased are tried again."""


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
    most_per_s: float = float("inf")
    """Records a second that it reads at most."""
    twice: int = 0
    """How many of its first batches come a second time."""


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
    batch_cores: float = 1.0
    """Cores that a batch under way keeps busy, its services on the same machine included."""
    arrival_core_s: float = 0.0
    """Seconds of a core that a record takes as it comes, beside the batches: producer, broker, fetch."""
    visible_s: float = 0.0
    """How long after its arrival a record can be read: the producer's linger, and a fetch."""
    pauses: Sequence[Pause] = field(default=())
    """When partitions are not read."""
    crashes: Sequence[Crash] = field(default=())
    """Batches that come to nothing. A reader that ends with a batch under way crashes in it too."""
    lease_s: float = 0.0
    """The lease of a batch whose reader ends, with a retry's wait."""
    in_vain: InVain | None = None
    """What batches take for nothing; None is no time at all."""
