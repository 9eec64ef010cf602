"""Messages that are followed: which they are, and the span of each in the trace that its producer began."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from comboio.otlp.span import Span, SpanContext, SpanKind, Value
from dispatcher.parcel import Outcome, Parcel

MOST_LINKS = 128
"""Links of a span, as OpenTelemetry's own limit is (OTEL_SPAN_LINK_COUNT_LIMIT)."""

MOST_FOLLOWED = 32
"""Messages of an invocation that have a span of their own: 10,000 may come from a producer that samples all."""

_LONGEST_ERROR = 500
"""Characters of an error, as in the log lines; errors never quote a message."""

_GONE_WRONG = (Outcome.DEAD, Outcome.FAILED)
"""Outcomes that are errors of their message."""


def followed(parcels: Iterable[Parcel]) -> list[Parcel]:
    """Return those whose traceparent says that they are sampled: the last bit of its flags."""
    return [parcel for parcel in parcels if parcel.traceparent is not None and parcel.traceparent[-1] in "13579bdf"]


def spread(parcels: Sequence[Parcel], most: int) -> Sequence[Parcel]:
    """Return at most so many, evenly spread, so that each partition has some."""
    return parcels[:: -(-len(parcels) // most) or 1]


def origin(parcel: Parcel) -> SpanContext:
    """Return the span that a message's traceparent names: who made it."""
    _, trace_id, span_id, *_ = (parcel.traceparent or "").split("-")
    return SpanContext(trace_id, span_id)


def processing(topic: str) -> dict[str, Value]:
    """Return what every span has that is about messages of Kafka."""
    found: dict[str, Value] = {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
    }
    return {**found, "messaging.destination.name": topic} if topic else found


def message_span(
    parcel: Parcel,
    times: tuple[int, int],
    batch: SpanContext,
    span_id: str,
    more: Mapping[str, Value] = MappingProxyType({}),
) -> Span:
    """Return a message's part of the trace that its producer began.

    Args:
        parcel: the message.
        times: when what became of it began and ended, in epoch nanoseconds.
        batch: the span of the invocation that it was in.
        span_id: of the new span.
        more: attributes beside those that every message has.
    """
    made, record = origin(parcel), parcel.record
    attributes: dict[str, Value] = {
        **processing(record.topic),
        "messaging.destination.partition.id": str(record.partition),
        "messaging.kafka.offset": record.offset,
        "messaging.message.id": record.id,
        "messaging.message.conversation_id": parcel.correlation_id,
        "comboio.outcome": parcel.outcome.value if parcel.outcome else "",
        "comboio.route": parcel.route.name if parcel.route else "",
        "comboio.destinations": parcel.served,
        **more,
    }
    error = None
    if parcel.outcome in _GONE_WRONG:
        error = (parcel.error or (parcel.fault.error if parcel.fault else ""))[:_LONGEST_ERROR]
        attributes["error.type"] = parcel.reason or parcel.outcome.value
    context, name = SpanContext(made.trace_id, span_id), f"process {record.topic}"
    return Span(context, name, SpanKind.CONSUMER, *times, made.span_id, attributes, [batch], error=error)
