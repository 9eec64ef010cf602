"""Where letters are taken to."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from comboio.contract.redispatch import RedispatchOutcome
from comboio.errors import ServiceError
from dlq_replayer.letter import ReceivedLetter


class TargetError(ServiceError):
    """A target cannot be used at all, and nothing was sent; the message says what to do about it."""


class Target(Protocol):
    """Takes letters, each of them once, however often it is given.

    Attributes:
        longest_ms: how long one call of `take` may last.
        workers: maximum calls of `take` at the same time.
    """

    longest_ms: int
    workers: int

    def take(self, letters: Sequence[ReceivedLetter]) -> Mapping[str, RedispatchOutcome]:
        """Replay letters, and return what became of each, by its id. It never raises."""
        ...
