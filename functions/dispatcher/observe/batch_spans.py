"""A batch as spans: one for the batch, one for each phase and each destination, one for each message that is followed.

The batch is one trace, with links to the messages' own; a message that is followed has a span in the trace that its
producer began, which links back. So either leads to the other (OpenTelemetry, "Messaging spans": batches are linked).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from comboio.otlp.span import Span, SpanContext, SpanKind, Value
from dispatcher.observe.report import BatchReport
from dispatcher.parcel import Outcome, Parcel

MOST_LINKS = 128
"""Links of a batch's span, as OpenTelemetry's own limit is (OTEL_SPAN_LINK_COUNT_LIMIT)."""

MOST_FOLLOWED = 32
"""Messages of a batch that have a span of their own: 10,000 may come from a producer that samples all."""

_MOST_DESTINATIONS = 32
"""Destinations of a batch that have a span of their own."""

_LONGEST_ERROR = 500
"""Characters of an error, as in the log lines; errors never quote a message."""

_SYSTEMS = {"kafka": "kafka", "sns": "aws.sns", "sqs": "aws_sqs"}
"""`messaging.system` of the destinations that OpenTelemetry has a name for."""

_GONE_WRONG = (Outcome.DEAD, Outcome.FAILED)
"""Outcomes that are errors of their message."""


@dataclass(slots=True)
class BatchCourse:
    """What is known of a batch when it is over; times are epoch nanoseconds."""

    invocation: str
    began_ns: int
    ended_ns: int = 0
    phases: list[tuple[str, int, int, bool]] = field(default_factory=list)
    """Name, beginning, end, and whether it failed."""
    report: BatchReport | None = None
    """None: the batch came to no report, as with a defect."""
    parcels: Sequence[Parcel] = ()
    error: str | None = None
    """The type of what was raised."""


def followed(parcels: Iterable[Parcel]) -> list[Parcel]:
    """Return those whose traceparent says that they are sampled: the last bit of its flags."""
    return [parcel for parcel in parcels if parcel.traceparent is not None and parcel.traceparent[-1] in "13579bdf"]


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
    links = [_origin(parcel) for parcel in _spread(sampled, MOST_LINKS)]
    batch = Span(
        context,
        f"process {topic}".rstrip(),
        SpanKind.CONSUMER,
        course.began_ns,
        course.ended_ns,
        parent_id,
        {**_processing(topic), **_counts(course)},
        links,
        len(sampled) - len(links),
        course.error,
    )
    spans, send_id = [batch], context.span_id
    for name, began_ns, ended_ns, failed in course.phases:
        error = course.error if failed else None
        phase = Span(
            SpanContext(context.trace_id, new_id()), name, SpanKind.INTERNAL, began_ns, ended_ns, context.span_id,
            error=error,
        )  # fmt: skip
        if name == "send":
            send_id = phase.context.span_id
        spans.append(phase)
    if course.report is not None:
        spans += _destinations(course.report, context.trace_id, send_id, new_id, epoch_ns)
    spans += (_message(parcel, course, context, new_id()) for parcel in _spread(sampled, MOST_FOLLOWED))
    return spans


def _processing(topic: str) -> dict[str, Value]:
    """Return what every span has that is about messages of Kafka."""
    found: dict[str, Value] = {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
    }
    return {**found, "messaging.destination.name": topic} if topic else found


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


def _destinations(
    report: BatchReport, trace_id: str, parent_id: str, new_id: Callable[[], str], epoch_ns: Callable[[float], int]
) -> Iterator[Span]:
    specs: Mapping[str, object] = report.outlets.router.table.destinations if report.outlets is not None else {}
    called = [(name, seen) for name, seen in report.traffic.items() if seen.calls]
    for name, seen in called[:_MOST_DESTINATIONS]:
        kind = str(getattr(specs.get(name), "type", ""))
        attributes: dict[str, Value] = {
            "messaging.operation.name": "send",
            "messaging.operation.type": "send",
            "messaging.batch.message_count": seen.messages,
            "comboio.destination": name,
            "comboio.destination.type": kind,
            "comboio.calls": seen.calls,
            "comboio.calls.failed": seen.failed,
            "comboio.calls.throttled": seen.throttled,
            "comboio.calls.longest_ms": round(max(seen.seconds, default=0.0) * 1000, 1),
        }
        if kind in _SYSTEMS:
            attributes["messaging.system"] = _SYSTEMS[kind]
        error = f"{seen.failed} of {seen.calls} calls failed" if seen.failed else None
        began_ns, ended_ns = epoch_ns(seen.began), epoch_ns(max(seen.ended, seen.began))
        context = SpanContext(trace_id, new_id())
        yield Span(context, f"send {name}", SpanKind.CLIENT, began_ns, ended_ns, parent_id, attributes, error=error)


def _message(parcel: Parcel, course: BatchCourse, batch: SpanContext, span_id: str) -> Span:
    """Return a message's part of the trace that its producer began."""
    origin, record = _origin(parcel), parcel.record
    attributes: dict[str, Value] = {
        **_processing(record.topic),
        "messaging.destination.partition.id": str(record.partition),
        "messaging.kafka.offset": record.offset,
        "messaging.message.id": record.id,
        "messaging.message.conversation_id": parcel.correlation_id,
        "comboio.outcome": parcel.outcome.value if parcel.outcome else "",
        "comboio.route": parcel.route.name if parcel.route else "",
        "comboio.destinations": parcel.served,
    }
    error = None
    if parcel.outcome in _GONE_WRONG:
        error = (parcel.error or (parcel.fault.error if parcel.fault else ""))[:_LONGEST_ERROR]
        attributes["error.type"] = parcel.reason or parcel.outcome.value
    return Span(
        SpanContext(origin.trace_id, span_id),
        f"process {record.topic}",
        SpanKind.CONSUMER,
        course.began_ns,
        course.ended_ns,
        origin.span_id,
        attributes,
        [batch],
        error=error,
    )


def _origin(parcel: Parcel) -> SpanContext:
    """Return the span that a message's traceparent names: who made it."""
    _, trace_id, span_id, *_ = (parcel.traceparent or "").split("-")
    return SpanContext(trace_id, span_id)


def _spread(parcels: Sequence[Parcel], most: int) -> Sequence[Parcel]:
    """Return at most so many, evenly spread, so that each partition has some."""
    return parcels[:: -(-len(parcels) // most) or 1]
