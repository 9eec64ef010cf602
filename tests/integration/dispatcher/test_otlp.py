"""One message followed from the producer's log to the attribute in SQS, and receivers of traces that are no help."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from confluent_kafka import Consumer, Message, TopicPartition

from comboio.clocks import Clocks
from comboio.invocation import Invocation
from comboio.otlp.sampling import SHORTEST_S
from consumer.event import EventSource, event, records
from dispatcher.observe.traces import otlp_traces
from dispatcher.response import Response
from dispatcher.wiring import build
from local.aws import messages
from local.kafka import TOPICS, Kafka
from tests.integration.dispatcher.conftest import Place
from tests.support.dispatcher import MemoryReporter
from tests.support.hostile_server import OK, Act, answering, hostile
from tests.support.otlp import attributes, decoded, spans
from tests.support.web_server import serving

SENT = 40
FOLLOWED = 4


def test_a_message_is_followed_from_the_producer_s_log_to_the_attribute_in_sqs(
    embedded_kafka: Kafka, place: Callable[..., Place]
) -> None:
    """The producer's log line, the span that the receiver got, and the message in SQS have one trace id; what the
    producer did not sample arrives too, and has no span."""
    embedded_kafka.create_topics(TOPICS)
    logged = list(_produce(embedded_kafka.bootstrap))
    assert len(logged) == FOLLOWED
    where = place()
    with serving() as web:
        environ = {**where.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": web.endpoint, "OTEL_SERVICE_NAME": "comboio-test"}
        function = build(environ)
        for number, topic in enumerate(TOPICS):
            batch = event(records(_consume(embedded_kafka.bootstrap, topic)), EventSource(embedded_kafka.bootstrap))
            if batch["records"]:
                invocation = Invocation(f"request-{number}", time.time_ns() // 1_000_000 + 30_000)
                assert function.dispatcher.dispatch(batch, invocation) == {"batchItemFailures": []}
                time.sleep(SHORTEST_S)  # a batch that follows sooner has no trace
    exported = [span for request in web.requests for span in spans(request.body)]
    resource = decoded(web.requests[0].body).resource_spans[0].resource
    assert attributes(resource)["service.name"] == "comboio-test"
    assert {request.path for request in web.requests} == {"/v1/traces"}

    in_sqs = {json.loads(each.body)["event_id"]: each.attributes for each in messages(where.aws, where.queue)}
    assert len(in_sqs) == SENT
    followed = {span.trace_id.hex(): span for span in exported if "messaging.kafka.offset" in attributes(span)}
    assert len(followed) == FOLLOWED
    for line in logged:
        _, trace_id, span_id, _ = line["traceparent"].split("-")
        assert in_sqs[line["event_id"]]["traceparent"]["StringValue"] == line["traceparent"]
        span = followed[trace_id]
        assert span.parent_span_id.hex() == span_id
        told = attributes(span)
        assert (told["messaging.destination.name"], told["messaging.kafka.offset"]) == (line["topic"], line["offset"])
        assert (told["comboio.destinations"], told["comboio.outcome"]) == (["a"], "dispatched")
        (link,) = span.links
        (batch_span,) = [each for each in exported if each.span_id == link.span_id]
        assert trace_id in {each.trace_id.hex() for each in batch_span.links}
        children = {each.name for each in exported if each.parent_span_id == batch_span.span_id}
        assert children == {"claim", "admit", "send", "settle"}
    unsampled = [each for each in in_sqs.values() if each["traceparent"]["StringValue"].endswith("-00")]
    assert len(unsampled) == SENT - FOLLOWED


def _produce(bootstrap: str) -> Iterator[Any]:
    """Produce, and yield the log lines of the messages that are followed."""
    environ = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
        "PRODUCER_MESSAGES": str(SENT),
        "PRODUCER_TRACE_RATIO": str(FOLLOWED / SENT),
        "PRODUCER_STATS_FILE": os.devnull,
    }
    done = subprocess.run(
        [sys.executable, "-m", "producer"], env=environ, capture_output=True, text=True, check=True, timeout=60
    )
    for text in done.stderr.splitlines():
        if "followed" in text:
            yield json.loads(text)


def _consume(bootstrap: str, topic: str) -> list[Message]:
    """Return everything of a topic."""
    reader = Consumer({"bootstrap.servers": bootstrap, "group.id": "reader", "enable.auto.commit": False})
    try:
        places = [TopicPartition(topic, number, 0) for number in range(TOPICS[topic])]
        wanted = sum(reader.get_watermark_offsets(each, timeout=10)[1] for each in places)
        reader.assign(places)
        found: list[Message] = []
        until = time.monotonic() + 30
        while len(found) < wanted and time.monotonic() < until:
            found += reader.consume(wanted - len(found), timeout=0.2)
        return found
    finally:
        reader.close()


class Instant:
    """Dispatches at once."""

    def dispatch(self, event: Mapping[str, Any], invocation: Invocation) -> Response:
        return {"batchItemFailures": []}


@pytest.mark.robustness("a receiver of traces that is away, hangs, or answers nonsense")
@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda peer: peer.hang(), True),
        (lambda peer: peer.request() and peer.hang(), True),
        (lambda peer: peer.request() and peer.trickle(OK * 100, gap_s=0.05), True),
        (lambda peer: peer.request() and peer.for_ever(b"HTTP/1.1 100 Continue\r\n\r\n", gap_s=0.01), True),
        (lambda peer: peer.some() and peer.reset(), True),
        (answering(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"), True),
        (answering(b"\x00\x01garbage\r\n\r\n"), True),
        (answering(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n\xff\xfe{"), False),
    ],
    ids=[
        "hangs",
        "answers never",
        "trickles",
        "never comes to an end",
        "resets",
        "500",
        "garbage",
        "a success of garbage",
    ],
)
def test_a_bad_receiver_holds_up_no_batch(act: Act, told: bool) -> None:
    """Each batch is answered within its own time, whatever the receiver does; after the first, it is left alone."""
    reporter = MemoryReporter()
    with hostile(act) as server:
        environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": server.endpoint, "OTEL_EXPORTER_OTLP_TIMEOUT": "150"}
        traces = otlp_traces(environ, Clocks(), 6.0, reporter)
        assert traces is not None
        dispatcher = traces.wrap(Instant())
        began = time.monotonic()
        for number in range(20):
            invocation = Invocation(f"request-{number}", time.time_ns() // 1_000_000 + 3_000)
            assert dispatcher.dispatch({}, invocation) == {"batchItemFailures": []}
        took_s = time.monotonic() - began
    assert took_s < 3.0, "20 batches together ended within the time of one"
    assert len(reporter.warnings) == told
    assert server.connections <= 1


@pytest.mark.robustness("a receiver of traces that is away, hangs, or answers nonsense")
def test_without_a_receiver_a_batch_arrives(place: Callable[..., Place]) -> None:
    """Nobody listens on the endpoint's port: the batch is dispatched, and its settlement counts."""
    where = place()
    where.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:9"
    now = time.time_ns() // 1_000_000
    for owner in ("one", "two"):
        assert where.dispatch([0, 1], now, owner) == {"batchItemFailures": []}
    assert where.arrived() == ["e-0", "e-1"]
