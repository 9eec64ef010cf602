"""Spans as the body of an OTLP request, in JSON.

Source: OpenTelemetry Protocol 1.x, "OTLP/HTTP", "JSON Protobuf Encoding": ids are hex, 64-bit numbers are text. The
tests decode it by OpenTelemetry's own protobuf classes.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from comboio import __version__
from comboio.otlp.span import Span, SpanContext, Value

SAMPLED, KNOWN_LOCAL, KNOWN_REMOTE = 0x1, 0x100, 0x300
"""Bits of `flags`: of W3C's trace flags the one that there is, and whether the context came from another program."""

ERROR = 2
"""The status of a span that failed."""


def trace_request(resource: Mapping[str, Value], spans: Sequence[Span]) -> bytes:
    """Return the body of a request that exports the spans of a resource."""
    scope = {"name": "comboio", "version": __version__}
    told = {
        "resource": {"attributes": _attributes(resource)},
        "scopeSpans": [{"scope": scope, "spans": list(map(_span, spans))}],
    }
    return json.dumps({"resourceSpans": [told]}, separators=(",", ":")).encode()


def _span(span: Span) -> dict[str, Any]:
    told: dict[str, Any] = {
        "traceId": span.context.trace_id,
        "spanId": span.context.span_id,
        "name": _plain(span.name),
        "kind": int(span.kind),
        "flags": SAMPLED | KNOWN_LOCAL,
        "startTimeUnixNano": str(span.began_ns),
        "endTimeUnixNano": str(max(span.ended_ns, span.began_ns)),
        "attributes": _attributes(span.attributes),
    }
    if span.parent_id:
        told["parentSpanId"] = span.parent_id
    if span.links:
        told["links"] = list(map(_link, span.links))
    if span.links_left_out:
        told["droppedLinksCount"] = span.links_left_out
    if span.error is not None:
        told["status"] = {"code": ERROR, "message": _plain(span.error)}
    return told


def _link(context: SpanContext) -> dict[str, Any]:
    return {"traceId": context.trace_id, "spanId": context.span_id, "flags": SAMPLED | KNOWN_REMOTE}


def _attributes(values: Mapping[str, Value]) -> list[dict[str, Any]]:
    return [{"key": _plain(name), "value": _value(value)} for name, value in values.items()]


def _value(value: Value) -> dict[str, Any]:
    if isinstance(value, str):
        return {"stringValue": _plain(value)}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    return {"arrayValue": {"values": list(map(_value, value))}}


def _plain(text: str) -> str:
    """Return the text without half characters, which UTF-8 does not have, and a receiver refuses."""
    return text.encode("utf-8", "replace").decode()
