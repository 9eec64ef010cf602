"""A batch becomes spans: bounded, linked to the messages' own traces, and without their content."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from comboio.aws.http import Answer, UnreachableError
from comboio.clocks import Clocks
from comboio.invocation import Invocation
from comboio.otlp.exporter import Exporter
from comboio.otlp.sampling import Sampling
from comboio.routing.router import Router
from comboio.routing.table import load
from dispatcher.observe.batch_tracer import BatchTracer
from dispatcher.observe.invocation_tracer import FLUSH_SHARE, InvocationTracer
from dispatcher.observe.message_spans import MOST_FOLLOWED, MOST_LINKS
from dispatcher.observe.report import BatchReport
from dispatcher.observe.traced_reporter import TracedReporter
from dispatcher.observe.traces import TracedDispatcher, otlp_traces
from dispatcher.observe.tracing import Dispatches
from dispatcher.parcel import Outcome, Parcel
from dispatcher.response import Response
from dispatcher.routes.outlets import Outlets
from dispatcher.send.destination_state import DestinationState
from dispatcher.send.traffic import Traffic
from tests.support.dispatcher import NOW, TRANSIENT, Downstream, MemoryReporter, parcel
from tests.support.otlp import attributes, spans

TABLE = load('version = 1\n[destinations.a]\ntype = "sqs"\ntarget = "https://q"\n[default]\nto = ["a"]\n', {})
OUTLETS = Outlets(Router(TABLE), {"a": DestinationState(Downstream("a"))})
XRAY = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


def traced(number: int, flags: str = "01") -> Parcel:
    """One dispatched message with a trace of its own."""
    one = parcel(number)
    one.traceparent = f"00-{number + 1:032x}-{number + 1:016x}-{flags}"
    one.outcome, one.served = Outcome.DISPATCHED, ("a",)
    return one


class World:
    """A traced dispatcher over one that takes a second and does as it is told."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self.ms = NOW
        self.parcels: Sequence[Parcel] = ()
        self.error: Exception | None = None
        self.takes_ms = 1_000
        self.bodies: list[bytes] = []
        self.within: list[float] = []
        self.answer: Answer | Exception = Answer(200, b"{}")
        self.reporter = MemoryReporter()
        clocks = Clocks(lambda: self.ms, lambda: self.ms / 1000, lambda _: None)
        exporter = Exporter(self._post, {}, 1.0, clocks.clock, self.reporter.warning)
        sampling = Sampling("parentbased_always_on", 1.0)
        tracer = InvocationTracer(exporter, sampling, clocks, 6.0, self._entropy, environ, self.reporter.warning)
        self.tracer = BatchTracer(tracer)
        self.count = 0

    def _entropy(self, size: int) -> bytes:
        self.count += 1
        return self.count.to_bytes(size)

    def _post(self, body: bytes, within_s: float) -> Answer:
        self.bodies.append(body)
        self.within.append(within_s)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def dispatch(self, event: Mapping[str, Any], invocation: Invocation) -> Response:
        with self.tracer.phase("claim"):
            self.ms += 10
        with self.tracer.phase("send"):
            self.ms += self.takes_ms
            if self.error is not None:
                raise self.error
        traffic = Traffic()
        traffic.called(self.ms / 1000 - 0.5)
        traffic.answered([None], 0.25)
        traffic.ended = self.ms / 1000 - 0.25
        report = BatchReport(records=len(self.parcels), partitions=1, outlets=OUTLETS, traffic={"a": traffic})
        report.concluded(self.parcels)
        TracedReporter(self.reporter, self.tracer.reported).batch(report, self.parcels)
        return {"batchItemFailures": []}

    def run(self, left_ms: int = 30_000) -> list[Any]:
        """Dispatch a batch; return the spans that were exported."""
        inner: Dispatches = self
        answer = TracedDispatcher(inner, self.tracer).dispatch({}, Invocation("request-1", self.ms + left_ms))
        assert answer == {"batchItemFailures": []}
        return spans(self.bodies[-1]) if self.bodies else []


def test_a_batch_has_its_phases_and_its_destinations() -> None:
    """One trace: the batch, its phases within it, the destination within the sending, each with its own times."""
    world = World()
    world.parcels = [traced(0, "00")]
    batch, claim, send, to_a = world.run()
    assert len({span.trace_id for span in (batch, claim, send, to_a)}) == 1
    assert [span.name for span in (batch, claim, send, to_a)] == ["process t", "claim", "send", "send a"]
    assert (claim.parent_span_id, send.parent_span_id) == (batch.span_id, batch.span_id)
    assert to_a.parent_span_id == send.span_id
    assert (batch.start_time_unix_nano, batch.end_time_unix_nano) == (NOW * 10**6, (NOW + 1_010) * 10**6)
    assert claim.end_time_unix_nano - claim.start_time_unix_nano == 10_000_000
    assert to_a.end_time_unix_nano - to_a.start_time_unix_nano == 250_000_000
    told = attributes(batch)
    assert (told["messaging.system"], told["messaging.operation.name"]) == ("kafka", "process")
    assert (told["messaging.destination.name"], told["messaging.batch.message_count"]) == ("t", 1)
    assert (told["faas.invocation_id"], told["comboio.dispatched"]) == ("request-1", 1)
    assert attributes(to_a)["messaging.system"] == "aws_sqs"
    assert not batch.links


def test_a_followed_message_has_a_span_in_its_own_trace_and_either_leads_to_the_other() -> None:
    """Only the sampled one is followed: the batch links to who made it, and its own span is that one's child."""
    world = World()
    world.parcels = [traced(0, "00"), traced(1, "01"), traced(2, "02")]
    world.parcels[1].correlation_id = "trip-9"
    batch, *_, message = world.run()
    assert [(link.trace_id.hex(), link.span_id.hex()) for link in batch.links] == [(f"{2:032x}", f"{2:016x}")]
    assert (message.trace_id.hex(), message.parent_span_id.hex()) == (f"{2:032x}", f"{2:016x}")
    assert [(link.trace_id, link.span_id) for link in message.links] == [(batch.trace_id, batch.span_id)]
    told = attributes(message)
    assert (told["messaging.destination.partition.id"], told["messaging.kafka.offset"]) == ("0", 1)
    assert (told["messaging.message.conversation_id"], told["comboio.outcome"]) == ("trip-9", "dispatched")
    assert told["comboio.destinations"] == ["a"]


def test_a_message_that_failed_says_so() -> None:
    """A dead or failed message's span is an error, with the reason that its log line has."""
    world = World()
    dead, failed = traced(0), traced(1)
    dead.dead_letter("malformed", "not JSON")
    failed.outcome = Outcome.FAILED
    failed.add_fault("a", TRANSIENT)
    world.parcels = [dead, failed]
    *_, first, second = world.run()
    assert [(span.status.code, span.status.message) for span in (first, second)] == [(2, "not JSON"), (2, "no luck")]
    assert [attributes(span)["error.type"] for span in (first, second)] == ["malformed", "failed"]


@pytest.mark.robustness("a producer that samples every message")
def test_spans_and_links_are_bounded() -> None:
    """10,000 sampled messages in a batch are so many links and spans, spread over all of it, and small."""
    world = World()
    world.parcels = [traced(number) for number in range(10_000)]
    exported = world.run()
    batch = exported[0]
    assert len(batch.links) <= MOST_LINKS
    assert len(batch.links) + batch.dropped_links_count == 10_000
    assert len(exported) <= MOST_FOLLOWED + 4
    assert len(world.bodies[0]) < 100_000
    offsets = [attributes(span)["messaging.kafka.offset"] for span in exported[4:]]
    assert (min(offsets), max(offsets) > 9_000) == (0, True)


def test_a_defect_is_an_error_of_the_batch_and_goes_on() -> None:
    """What the dispatcher raises, the caller gets; the trace has the phase and the type, and no more of it."""
    world = World()
    world.error = RuntimeError("S3CR3T")
    with pytest.raises(RuntimeError, match="S3CR3T"):
        world.run()
    batch, claim, send = spans(world.bodies[0])
    assert [span.status.code for span in (batch, claim, send)] == [2, 0, 2]
    assert attributes(batch)["error.type"] == "RuntimeError"
    assert b"S3CR3T" not in world.bodies[0]


@pytest.mark.robustness("a receiver of traces that is away, hangs, or answers nonsense")
@pytest.mark.parametrize("answer", [UnreachableError("hangs"), Answer(500, b""), Answer(200, b"\xff")])
def test_whatever_the_receiver_does_the_answer_stands(answer: Answer | Exception) -> None:
    """The batch's answer is the dispatcher's own, with at most one warning for all batches."""
    world = World()
    world.answer = answer
    for _ in range(5):
        world.run()
    assert len(world.reporter.batches) == 5
    assert len(world.reporter.warnings) <= 1


@pytest.mark.robustness("a receiver of traces that is away, hangs, or answers nonsense")
def test_the_export_has_a_share_of_the_time_and_ends_with_the_settlement() -> None:
    """A short invocation gives it less than its timeout; one that used all its time gives it none."""
    world = World()
    world.takes_ms = 100
    world.run(left_ms=3_000)
    assert 0 < world.within[0] <= 3.0 * FLUSH_SHARE
    world.ms += 1_000
    world.takes_ms = 29_500
    world.run(left_ms=30_000)
    assert len(world.within) == 1


def test_a_defect_in_the_tracing_is_a_warning() -> None:
    """A traceparent that nobody let through, and a trace cannot be made of, takes no batch with it."""
    world = World()
    world.parcels = [traced(0)]
    world.parcels[0].traceparent = "1"
    assert world.run() == []
    assert world.reporter.warnings == ["The batch's trace could not be made."]


@pytest.mark.parametrize(("flag", "exported"), [("1", True), ("0", False)])
def test_a_batch_can_be_a_part_of_lambdas_own_trace(flag: str, exported: bool) -> None:
    """Where it is asked for, the batch's parent is what Lambda says in X-Ray, and so is the sampling."""
    environ = {"_X_AMZN_TRACE_ID": XRAY.replace("Sampled=1", f"Sampled={flag}")}
    world = World(environ)
    world.parcels = [traced(0, "00")]
    found = world.run()
    assert bool(found) is exported
    if found:
        assert found[0].trace_id.hex() == "5759e988bd862e3fe1be46a994272793"
        assert found[0].parent_span_id.hex() == "53995c3f42cd8ad8"


@pytest.mark.parametrize(
    ("environ", "warnings"),
    [
        ({}, 0),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_SDK_DISABLED": "true"}, 0),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "c:4317"}, 1),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_TRACES_SAMPLER": "xray"}, 1),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:port"}, 1),
    ],
)
def test_a_wrong_option_is_a_warning_and_no_traces(environ: dict[str, str], warnings: int) -> None:
    """No message waits because of an option of traces: there are none then, and an operator is told."""
    reporter = MemoryReporter()
    assert otlp_traces(environ, Clocks(), 6.0, reporter) is None
    assert len(reporter.warnings) == warnings
