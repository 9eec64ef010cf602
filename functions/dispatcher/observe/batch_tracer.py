"""Follows one batch after the other: when it began, its phases, what was reported of it; exports it when it is over."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from comboio.clocks import Clocks
from comboio.invocation import Invocation
from comboio.otlp.exporter import Exporter, Warn
from comboio.otlp.sampling import Sampling
from comboio.otlp.span import SpanContext
from dispatcher.deadline import Budget
from dispatcher.observe.batch_spans import BatchCourse, batch_spans, followed
from dispatcher.observe.report import BatchReport
from dispatcher.parcel import Parcel
from dispatcher.trace_context import XrayTrace, xray_trace

FLUSH_SHARE = 0.1
"""Of the time that an invocation has at its beginning, at most this share goes to its export."""

XRAY = "_X_AMZN_TRACE_ID"
"""The variable in which Lambda's runtime has the X-Ray trace of the invocation."""


class BatchTracer:
    """Traces batches, one at a time.

    `entropy` returns so many random bytes; `environ` is that of the process, where a batch is a part of the trace that
    Lambda began in X-Ray, and else None.
    """

    def __init__(
        self,
        exporter: Exporter,
        sampling: Sampling,
        clocks: Clocks,
        margin_s: float,
        entropy: Callable[[int], bytes],
        environ: Mapping[str, str] | None,
        warn: Warn,
    ) -> None:
        self._exporter = exporter
        self._sampling = sampling
        self._clocks = clocks
        self._margin_s = margin_s
        self._entropy = entropy
        self._environ = environ
        self._warn = warn
        self._course = BatchCourse("", 0)
        self._began, self._anchor_ns, self._flush_s = 0.0, 0, 0.0
        self._budget = Budget(clocks.clock, 0.0, 0.0, 0.0)

    def begin(self, invocation: Invocation) -> None:
        """Take note of a batch that begins."""
        self._began, self._anchor_ns = self._clocks.clock(), self._clocks.now() * 1_000_000
        self._course = BatchCourse(invocation.owner, self._anchor_ns)
        self._budget = Budget.of(invocation, self._clocks, self._margin_s)
        self._flush_s = self._budget.left_s(self._budget.end) * FLUSH_SHARE

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Take note of a phase of the batch."""
        began, failed = self._clocks.clock(), True
        try:
            yield
            failed = False
        finally:
            self._course.phases.append((name, self._ns(began), self._ns(self._clocks.clock()), failed))

    def reported(self, report: BatchReport, parcels: Sequence[Parcel]) -> None:
        """Take note of what became of the batch."""
        self._course.report, self._course.parcels = report, parcels

    def end(self, error: BaseException | None = None) -> None:
        """Export the batch if it is sampled, in the time that is left; whatever is wrong with that is a warning."""
        course, self._course = self._course, BatchCourse("", 0)  # nobody holds the messages any longer
        try:
            course.ended_ns = self._ns(self._clocks.clock())
            course.error = type(error).__name__ if error is not None else None
            self._export(course)
        except Exception as defect:
            self._warn("The batch's trace could not be made.", {"error": f"{type(defect).__name__}: {defect}"})

    def _export(self, course: BatchCourse) -> None:
        sampled = followed(course.parcels)
        parent = xray_trace(self._environ.get(XRAY, "")) if self._environ is not None else None
        trace = parent or XrayTrace(self._entropy(16).hex(), "", None)
        now = self._clocks.clock()
        if not self._sampling.wants(trace.trace_id, trace.sampled, now, followed=bool(sampled)):
            return
        context = SpanContext(trace.trace_id, self._new_id())
        spans = batch_spans(course, context, trace.parent_id, sampled, self._new_id, self._ns)
        self._exporter.export(spans, min(self._flush_s, self._budget.left_s(self._budget.end)))

    def _new_id(self) -> str:
        return self._entropy(8).hex()

    def _ns(self, moment: float) -> int:
        """Return epoch nanoseconds of a second of the clock: the wall clock may be set meanwhile, and is read once."""
        return self._anchor_ns + round((moment - self._began) * 1_000_000) * 1_000
