"""An invocation that sends round by round, and what left it, as spans: of the drainer, or of the dispatcher's replays.

A message that was diverted has so its second span: that of the dispatcher says that it was held, this one when its
destination took it, or that it died. One that died and is replayed has one more.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from comboio.otlp.span import Span, SpanContext, SpanKind, Value
from dispatcher.observe.destination_spans import destination_spans
from dispatcher.observe.invocation_tracer import Phase
from dispatcher.observe.message_spans import MOST_FOLLOWED, MOST_LINKS, message_span, origin, spread
from dispatcher.parcel import Parcel
from dispatcher.routes.outlets import Outlets
from dispatcher.send.traffic import Traffic

_MOST_ROUNDS = 16
"""Rounds of an invocation that have spans of their own: with what they call, as many as a batch may have."""


class Round(NamedTuple):
    """One sending that came to its end."""

    traffic: Mapping[str, Traffic] = {}
    outlets: Outlets | None = None


@dataclass(slots=True)
class RoundsCourse:
    """What is known of an invocation when it is over; times are epoch nanoseconds."""

    invocation: str
    began_ns: int
    ended_ns: int = 0
    phases: Sequence[Phase] = ()
    """A sending for each round; the last may have failed."""
    rounds: list[Round] = field(default_factory=list)
    counts: Mapping[str, Value] = field(default_factory=dict)
    """What it came to; nothing where it came to no report."""
    parcels: list[Parcel] = field(default_factory=list)
    """Messages that are followed."""
    error: str | None = None
    """The type of what was raised."""


def round_spans(
    name: str,
    course: RoundsCourse,
    context: SpanContext,
    parent_id: str,
    left: Sequence[Parcel],
    new_id: Callable[[], str],
    epoch_ns: Callable[[float], int],
) -> list[Span]:
    """Return the spans of an invocation; see `batch_spans`. `left` are the followed that need nothing more."""
    links = [origin(parcel) for parcel in spread(left, MOST_LINKS)]
    times = course.began_ns, course.ended_ns
    attributes: dict[str, Value] = {
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "faas.invocation_id": course.invocation,
        "comboio.rounds": len(course.phases),
        **course.counts,
    }
    if course.error is not None:
        attributes["error.type"] = course.error
    left_out = len(left) - len(links)
    spans = [Span(context, name, SpanKind.CONSUMER, *times, parent_id, attributes, links, left_out, course.error)]
    rounds = [*course.rounds, Round()]  # the last sending may have failed
    for phase, made in zip(course.phases[:_MOST_ROUNDS], rounds, strict=False):
        sending, error = SpanContext(context.trace_id, new_id()), course.error if phase.failed else None
        times_of = phase.began_ns, phase.ended_ns
        spans.append(Span(sending, phase.name, SpanKind.INTERNAL, *times_of, context.span_id, error=error))
        spans += destination_spans(made.traffic, made.outlets, sending, new_id, epoch_ns)
    for parcel in spread(left, MOST_FOLLOWED):
        unfinished_ms = max(0, course.ended_ns // 1_000_000 - parcel.since)
        spans.append(message_span(parcel, times, context, new_id(), {"comboio.unfinished_ms": unfinished_ms}))
    return spans
