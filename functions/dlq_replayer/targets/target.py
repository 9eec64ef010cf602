"""Where letters are taken to."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from comboio.contract.redispatch import RedispatchOutcome
from comboio.errors import ServiceError
from dlq_replayer.letter import Held


class TargetError(ServiceError):
    """A target cannot be used at all; nothing was sent. The message says what to do about it."""


class Target(Protocol):
    """Takes letters once each."""

    def take(self, letters: Sequence[Held]) -> Mapping[str, RedispatchOutcome]:
        """Replay letters, and return what became of each, by its id. It never raises."""
        ...
