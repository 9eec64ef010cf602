"""What is exported is OTLP: OpenTelemetry's own classes read it."""

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1 import trace_pb2

from comboio.otlp.encoding import trace_request
from comboio.otlp.span import Span, SpanContext, SpanKind, Value
from tests.support.otlp import attributes, decoded, spans

HERE, THERE = SpanContext("a1" * 16, "b2" * 8), SpanContext("c3" * 16, "d4" * 8)


def test_a_span_is_read_as_it_was_told() -> None:
    """Ids, kind, times, parent, attributes, links, what is left out of them, and the error arrive."""
    told = Span(HERE, "process t", SpanKind.CONSUMER, 1_795_359_600_000_000_001, 1_795_359_600_000_000_007, "e5" * 8,
                {"n": 2**53 + 1}, [THERE], 9, "no luck")  # fmt: skip
    request = decoded(trace_request({"service.name": "s"}, [told]))
    assert attributes(request.resource_spans[0].resource) == {"service.name": "s"}
    assert request.resource_spans[0].scope_spans[0].scope.name == "comboio"
    (span,) = request.resource_spans[0].scope_spans[0].spans
    assert (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()) == (*HERE, "e5" * 8)
    assert (span.name, span.kind) == ("process t", trace_pb2.Span.SPAN_KIND_CONSUMER)
    assert (span.start_time_unix_nano, span.end_time_unix_nano) == (told.began_ns, told.ended_ns)
    assert attributes(span) == {"n": 2**53 + 1}
    assert [(link.trace_id.hex(), link.span_id.hex()) for link in span.links] == [THERE]
    assert span.dropped_links_count == 9
    assert (span.status.code, span.status.message) == (trace_pb2.Status.STATUS_CODE_ERROR, "no luck")
    assert span.flags & 0xFF == span.links[0].flags & 0xFF == 1


def test_kinds_are_otlps_own() -> None:
    """Each kind has the number that OTLP gives it."""
    names = {kind: trace_pb2.Span.SpanKind.keys()[kind] for kind in SpanKind}
    assert names == {kind: f"SPAN_KIND_{kind.name}" for kind in SpanKind}


def test_what_went_well_has_no_status_and_no_parent() -> None:
    """A span without an error, a parent or links says nothing of them; one that ends before it began lasts 0."""
    (span,) = spans(trace_request({}, [Span(HERE, "x", SpanKind.CLIENT, 5, 3)]))
    assert not span.HasField("status") and not span.links and not span.parent_span_id
    assert (span.start_time_unix_nano, span.end_time_unix_nano) == (5, 5)


VALUES: st.SearchStrategy[Value] = st.one_of(
    st.text(st.characters()), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(-1e9, 1e9),
    st.lists(st.text(), max_size=3),
)  # fmt: skip


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_any_attribute_arrives_as_its_own_type(values: dict[str, Value]) -> None:
    """Text, truth, numbers of 64 bits and lists arrive as what they are; no text makes a request unreadable."""
    (span,) = spans(trace_request({}, [Span(HERE, "x", SpanKind.INTERNAL, 1, 2, attributes=values)]))
    found = attributes(span)
    for name, value in values.items():
        arrived = found[_utf8(name)]
        assert (arrived, type(arrived)) == (_utf8(value) if isinstance(value, str) else value, type(value))


def _utf8(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
