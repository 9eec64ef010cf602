"""Where letters are taken from."""

from collections.abc import Sequence
from typing import Protocol

from comboio.errors import ServiceError
from dlq_replayer.letter import ReceivedLetter


class SourceError(ServiceError):
    """A source cannot be read; the message says what to check."""


class Source(Protocol):
    """Gives messages, each of which is then removed or left.

    After a crash, what was neither removed nor left is there again by itself, after a while.
    """

    def read(self, most: int) -> list[ReceivedLetter]:
        """Read the next messages, about `most`; none when there are no more that this run has not seen.

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
