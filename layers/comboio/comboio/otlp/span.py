"""A span, as OpenTelemetry defines it: what took place when, as a part of which trace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType
from typing import NamedTuple

Value = str | bool | int | float | Sequence[str]
"""The value of an attribute."""


class SpanKind(IntEnum):
    """A span's place between two programs, by the numbers of OTLP."""

    INTERNAL = 1
    CLIENT = 3
    PRODUCER = 4
    CONSUMER = 5


class SpanContext(NamedTuple):
    """What names a span."""

    trace_id: str
    """32 hex digits."""
    span_id: str
    """16 hex digits."""


@dataclass(frozen=True, slots=True)
class Span:
    """A span that is over."""

    context: SpanContext
    name: str
    kind: SpanKind
    began_ns: int
    """Epoch nanoseconds."""
    ended_ns: int
    parent_id: str = ""
    """Span id of the span that this one is a part of; it is in the same trace."""
    attributes: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    links: Sequence[SpanContext] = ()
    """Spans of other traces that it has to do with."""
    links_left_out: int = 0
    """Links that it would have too, if there were no bound."""
    error: str | None = None
    """Why it failed; None: it did not."""
