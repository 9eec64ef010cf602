"""Where letters are taken from."""

from collections.abc import Sequence
from typing import Protocol

from comboio.errors import ServiceError
from dlq_replayer.letter import Held


class SourceError(ServiceError):
    """A source cannot be read; the message says what to check."""


class Source(Protocol):
    """Messages that are read, and then each removed or left.

    What is neither (a crash) is there again by itself, after a while.
    """

    def read(self, most: int) -> list[Held]:
        """The next ones, about `most`; none when there are no more that this run has not seen.

        Raises:
            SourceError: it cannot be read.
        """
        ...

    def remove(self, messages: Sequence[Held]) -> int:
        """Takes them out for good; returns how many are still there, to come again."""
        ...

    def leave(self, messages: Sequence[Held]) -> None:
        """They stay: everybody sees them again, at the latest when the run ends; this run does not."""
        ...

    def close(self) -> None:
        """Ends the run: all that was left is for everybody again."""
        ...

    def depth(self) -> int | None:
        """How many are there, about; None if that cannot be told."""
        ...

    @property
    def after(self) -> str:
        """Where a continuation goes on, for sources that have an order."""
        ...
