"""What a rebalance asks of the work under way."""

from typing import Protocol


class Rebalance(Protocol):
    """Called by the group, inside a poll, when partitions leave."""

    def finish(self, partitions: frozenset[str]) -> dict[str, int]:
        """Ends the work on these partitions within a bounded time; returns how far each may be committed."""

    def forget(self, partitions: frozenset[str]) -> None:
        """Drops everything of these partitions: they are somebody else's now."""
