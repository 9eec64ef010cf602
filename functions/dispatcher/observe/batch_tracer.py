"""Follows one batch after the other: what was reported of it becomes spans when it is over."""

from collections.abc import Sequence

from comboio.invocation import Invocation
from comboio.otlp.span import Span, SpanContext
from dispatcher.observe.batch_spans import BatchCourse, batch_spans
from dispatcher.observe.invocation_tracer import InvocationTracer
from dispatcher.observe.message_spans import followed
from dispatcher.observe.report import BatchReport
from dispatcher.parcel import Parcel


class BatchTracer:
    """Traces batches, one at a time."""

    def __init__(self, tracer: InvocationTracer) -> None:
        self._tracer = tracer
        self.phase = tracer.phase
        """Takes note of a phase of the batch."""
        self._course = BatchCourse("", 0)

    def begin(self, invocation: Invocation) -> None:
        """Take note of a batch that begins."""
        self._tracer.begin(invocation)
        self._course = BatchCourse(invocation.owner, self._tracer.began_ns)

    def reported(self, report: BatchReport, parcels: Sequence[Parcel]) -> None:
        """Take note of what became of the batch."""
        self._course.report, self._course.parcels = report, parcels

    def end(self, error: BaseException | None = None) -> None:
        """Export the batch if it is sampled."""
        course, self._course = self._course, BatchCourse("", 0)  # nobody holds the messages any longer
        with self._tracer.harmless():
            course.ended_ns = self._tracer.now_ns()
            course.phases = self._tracer.phases
            course.error = type(error).__name__ if error is not None else None
            sampled = followed(course.parcels)

            def spans(context: SpanContext, parent_id: str) -> list[Span]:
                return batch_spans(course, context, parent_id, sampled, self._tracer.new_id, self._tracer.ns)

            self._tracer.export(spans, followed=bool(sampled))
