"""A reporter that lets the tracer hear of each batch, or of each invocation of the drainer, too."""

from collections.abc import Callable, Mapping, Sequence

from comboio.invocation import Invocation
from dispatcher.observe.drain_report import DrainReport
from dispatcher.observe.report import BatchReport
from dispatcher.observe.reporter import Reporter
from dispatcher.parcel import Parcel
from dispatcher.stage_reporter import ReloadResult


class TracedReporter:
    """Stands where the reporter does, and passes all on to it."""

    def __init__(
        self,
        reporter: Reporter,
        reported: Callable[[BatchReport, Sequence[Parcel]], None] = lambda *_: None,
        drained: Callable[[DrainReport], None] = lambda _: None,
    ) -> None:
        self._reporter = reporter
        self._reported = reported
        self._drained = drained

    def invocation(self, invocation: Invocation) -> None:
        """See Reporter."""
        self._reporter.invocation(invocation)

    def drained(self, report: DrainReport) -> None:
        """See Reporter."""
        self._drained(report)
        self._reporter.drained(report)

    def batch(self, report: BatchReport, parcels: Sequence[Parcel]) -> None:
        """See Reporter."""
        self._reported(report, parcels)
        self._reporter.batch(report, parcels)

    def warning(self, message: str, facts: Mapping[str, object]) -> None:
        """See Reporter."""
        self._reporter.warning(message, facts)

    def table(self, result: ReloadResult, sentence: str) -> None:
        """See Reporter."""
        self._reporter.table(result, sentence)
