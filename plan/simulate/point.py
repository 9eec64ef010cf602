"""How far a simulated run is at one moment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """What is true at one moment."""

    at: float
    """When (s)."""
    came: float
    """Records that came so far."""
    done: float
    """Records that are done."""

    @property
    def lag(self) -> float:
        """Records that came and are not done."""
        return self.came - self.done
