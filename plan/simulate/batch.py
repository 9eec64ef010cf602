"""A batch under way."""

from dataclasses import dataclass

from plan.simulate.world import Reader


@dataclass(slots=True)
class Batch:
    """A batch under way."""

    reader: Reader
    """Who took it."""
    records: dict[int, float]
    """How many of each partition."""
    work_s: float
    """Seconds of work that are left of it."""
    began: float
    """When (s)."""
    lease_s: float | None = None
    """If it comes to nothing: how long after its begin its partitions are held."""
    in_vain: bool = False
    """Whether it finds nothing to do."""
