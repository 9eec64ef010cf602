"""What each stage of a batch's way reports to; `observe` adds what is reported of the whole."""

from collections.abc import Mapping
from enum import Enum
from typing import Protocol


class ReloadResult(Enum):
    """What became of an attempt to read the routing table."""

    CHANGED = "Changed"
    """Another table is in use now."""
    BROKEN = "Broken"
    """The table is wrong, and not used."""
    UNREACHABLE = "Unreachable"
    """The table could not be read."""


class StageReporter(Protocol):
    """Receives what happens in a stage, in the order in which it happens."""

    def warning(self, message: str, facts: Mapping[str, object]) -> None:
        """Report something that an operator should know; `facts` are fields beside the sentence."""
        ...

    def table(self, result: ReloadResult, sentence: str) -> None:
        """Report what became of the routing table, in a sentence."""
        ...
