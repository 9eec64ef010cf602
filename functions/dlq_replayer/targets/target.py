"""Where letters are taken to."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from comboio.errors import ServiceError
from dlq_replayer.letter import Held

DONE = frozenset({"dispatched", "duplicate", "dead"})
"""Outcomes after which a letter leaves its source: taken, taken before, or in the DLQ again as another letter."""


class TargetError(ServiceError):
    """A target cannot be used at all; nothing was sent. The message says what to do about it."""


class Target(Protocol):
    """Takes letters once each."""

    def take(self, letters: Sequence[Held]) -> Mapping[str, str]:
        """What became of each letter, by id: one of DONE, "failed", or "busy" (somebody else has it). Never raises."""
        ...
