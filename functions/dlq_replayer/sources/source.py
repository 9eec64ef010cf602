"""Where letters are taken from."""

from collections.abc import Sequence
from math import inf
from typing import Protocol

from comboio.errors import ServiceError
from dlq_replayer.letter import ReceivedLetter

MAX_BYTES = 48_000_000
"""Of one read, which keeps them in memory; a message can have 1 MiB, and a record that the mapping gave up 6 MB."""


class SourceError(ServiceError):
    """A source cannot be read; the message says what to check."""


class Source(Protocol):
    """Gives messages, each of which is then removed or left.

    After a crash, what was neither removed nor left is there again by itself, after a while.
    """

    def read(self, most: int, until: float = inf) -> list[ReceivedLetter]:
        """Read the next messages, about `most`; none when there are no more that this run has not seen.

        They are fewer where they have MAX_BYTES before, and where `until` (epoch ms) comes before: one call is made in
        any case. Each message of a read is removed or left before the next read.

        Raises:
            SourceError: the source cannot be read.
        """
        ...

    def remove(self, messages: Sequence[ReceivedLetter]) -> int:
        """Delete messages; return how many are still there, and will be read again."""
        ...

    def leave(self, messages: Sequence[ReceivedLetter]) -> None:
        """Leave messages in the source. Others see them again no later than the end of the run; this run does not."""
        ...

    def close(self) -> None:
        """End the run: make everything that was left visible to others."""
        ...

    def depth(self) -> int | None:
        """Return about how many messages there are; None if that is not known."""
        ...

    @property
    def after(self) -> str:
        """Where a continuation reads on, for sources that have an order."""
        ...
