"""What the dispatcher reports to: the protocol that log lines and metrics, the demo and the tests have in common."""

from collections.abc import Sequence
from typing import Protocol

from comboio.invocation import Invocation
from dispatcher.observe.drain_report import DrainReport
from dispatcher.observe.report import BatchReport
from dispatcher.parcel import Parcel
from dispatcher.stage_reporter import StageReporter


class Reporter(StageReporter, Protocol):
    """Receives what happens, in the order in which it happens."""

    def invocation(self, invocation: Invocation) -> None:
        """Take note of the invocation that everything reported from now on belongs to."""
        ...

    def drained(self, report: DrainReport) -> None:
        """Report what came of a batch of the hold queue."""
        ...

    def batch(self, report: BatchReport, parcels: Sequence[Parcel]) -> None:
        """Report a batch that is settled, with its parcels."""
        ...
