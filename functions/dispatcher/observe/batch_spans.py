"""A batch as spans: one for the batch, one for each phase and each destination, one for each message that is followed.

The batch is one trace, with links to the messages' own; a message that is followed has a span in the trace that its
producer began, which links back. So either leads to the other (OpenTelemetry, "Messaging spans": batches are linked).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from comboio.otlp.span import Span, SpanContext, SpanKind, Value
from dispatcher.observe.destination_spans import destination_spans
from dispatcher.observe.invocation_tracer import Phase
from dispatcher.observe.message_spans import MOST_FOLLOWED, MOST_LINKS, message_span, origin, processing, spread
from dispatcher.observe.report import BatchReport
from dispatcher.parcel import Outcome, Parcel


@dataclass(slots=True)
class BatchCourse:
    """What is known of a batch when it is over; times are epoch nanoseconds."""

    invocation: str
    began_ns: int
    ended_ns: int = 0
    phases: Sequence[Phase] = ()
    report: BatchReport | None = None
    """None: the batch came to no report, as with a defect."""
    parcels: Sequence[Parcel] = ()
    error: str | None = None
    """The type of what was raised."""


def batch_spans(
    course: BatchCourse,
    context: SpanContext,
    parent_id: str,
    sampled: Sequence[Parcel],
    new_id: Callable[[], str],
    epoch_ns: Callable[[float], int],
) -> list[Span]:
    """Return the spans of a batch.

    Args:
        course: what happened.
        context: names the batch's own span.
        parent_id: of the span that the batch is a part of, in the same trace; empty: none.
        sampled: the messages that are followed.
        new_id: makes a span id.
        epoch_ns: gives epoch nanoseconds of a second of the sender's clock.
    """
    topic = course.parcels[0].record.topic if course.parcels else ""  # a batch has one
    links = [origin(parcel) for parcel in spread(sampled, MOST_LINKS)]
    batch = Span(
        context,
        f"process {topic}".rstrip(),
        SpanKind.CONSUMER,
        course.began_ns,
        course.ended_ns,
        parent_id,
        {**processing(topic), **_counts(course)},
        links,
        len(sampled) - len(links),
        course.error,
    )
    spans, sending = [batch], context
    for name, began_ns, ended_ns, failed in course.phases:
        error = course.error if failed else None
        phase = Span(
            SpanContext(context.trace_id, new_id()), name, SpanKind.INTERNAL, began_ns, ended_ns, context.span_id,
            error=error,
        )  # fmt: skip
        if name == "send":
            sending = phase.context
        spans.append(phase)
    if course.report is not None:
        spans += destination_spans(course.report.traffic, course.report.outlets, sending, new_id, epoch_ns)
    times = course.began_ns, course.ended_ns
    spans += (message_span(parcel, times, context, new_id()) for parcel in spread(sampled, MOST_FOLLOWED))
    return spans


def _counts(course: BatchCourse) -> dict[str, Value]:
    found: dict[str, Value] = {"faas.invocation_id": course.invocation, "faas.trigger": "pubsub"}
    if course.error is not None:
        found["error.type"] = course.error
    if (report := course.report) is not None:
        found["messaging.batch.message_count"] = report.records
        found["comboio.partitions"] = report.partitions
        counts = {outcome.value: report.outcomes[outcome] for outcome in Outcome}
        counts[Outcome.DUPLICATE.value] += report.duplicates
        found |= {f"comboio.{name}": count for name, count in counts.items() if count}
    return found
