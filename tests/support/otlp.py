"""Reads OTLP in JSON as a receiver does: by OpenTelemetry's own classes, which refuse what they do not know."""

import base64
import json
from typing import Any

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

IDS = frozenset({"traceId", "spanId", "parentSpanId"})
"""OTLP has these in hex, where protobuf's own JSON has base64 ("JSON Protobuf Encoding")."""


def decoded(body: bytes) -> ExportTraceServiceRequest:
    """Return the request; whatever a receiver would not understand raises."""
    found: ExportTraceServiceRequest = json_format.ParseDict(_in_base64(json.loads(body)), ExportTraceServiceRequest())
    return found


def spans(body: bytes) -> list[Span]:
    """Return the spans of a request."""
    return [span for each in decoded(body).resource_spans for scope in each.scope_spans for span in scope.spans]


def attributes(span: Any) -> dict[str, Any]:
    """Return the attributes of a span or a resource by their names."""
    return {each.key: _value(each.value) for each in span.attributes}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    return [_value(each) for each in value.array_value.values] if kind == "array_value" else getattr(value, kind)


def _in_base64(node: Any) -> Any:
    if isinstance(node, list):
        return [_in_base64(each) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        name: base64.b64encode(bytes.fromhex(value)).decode() if name in IDS else _in_base64(value)
        for name, value in node.items()
    }
