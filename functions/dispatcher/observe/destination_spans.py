"""What went to each destination, as spans."""

from collections.abc import Callable, Iterator, Mapping

from comboio.otlp.span import Span, SpanContext, SpanKind, Value
from dispatcher.routes.outlets import Outlets
from dispatcher.send.traffic import Traffic

_MOST_DESTINATIONS = 32
"""Destinations of a sending that have a span of their own."""

_SYSTEMS = {"kafka": "kafka", "sns": "aws.sns", "sqs": "aws_sqs"}
"""`messaging.system` of the destinations that OpenTelemetry has a name for."""


def destination_spans(
    traffic: Mapping[str, Traffic],
    outlets: Outlets | None,
    parent: SpanContext,
    new_id: Callable[[], str],
    epoch_ns: Callable[[float], int],
) -> Iterator[Span]:
    """Yield a span for each destination that was called, within the span of the sending."""
    specs: Mapping[str, object] = outlets.router.table.destinations if outlets is not None else {}
    called = [(name, seen) for name, seen in traffic.items() if seen.calls]
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
        times = epoch_ns(seen.began), epoch_ns(max(seen.ended, seen.began))
        context = SpanContext(parent.trace_id, new_id())
        yield Span(context, f"send {name}", SpanKind.CLIENT, *times, parent.span_id, attributes, error=error)
