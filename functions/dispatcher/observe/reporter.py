"""What the dispatcher reports to: the protocol that log lines and metrics, the demo and the tests have in common."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Protocol

from comboio.invocation import Invocation
from dispatcher.observe.report import BatchReport
from dispatcher.parcel import Parcel


class ReloadResult(Enum):
    """What became of an attempt to read the routing table."""

    CHANGED = "Changed"
    """Another table is in use now."""
    BROKEN = "Broken"
    """The table is wrong, and not used."""
    UNREACHABLE = "Unreachable"
    """The table could not be read."""


class Reporter(Protocol):
    """Receives what happens, in the order in which it happens."""

    def invocation(self, invocation: Invocation) -> None:
        """Take note of the invocation that everything reported from now on belongs to."""
        ...

    def batch(self, report: BatchReport, parcels: Sequence[Parcel]) -> None:
        """Report a batch that is settled, with its parcels."""
        ...

    def warning(self, message: str, facts: Mapping[str, object]) -> None:
        """Report something that an operator should know; `facts` are fields beside the sentence."""
        ...

    def table(self, result: ReloadResult, sentence: str) -> None:
        """Report what became of the routing table, in a sentence."""
        ...
