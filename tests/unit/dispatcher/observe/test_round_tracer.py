"""Invocations of the drainer and replays become spans, and a message is followed to its end by them."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pytest

from comboio.aws.http import Answer
from comboio.claims.memory import MemoryClaims
from comboio.clocks import Clocks
from comboio.contract.dead_letter import DeadLetter
from comboio.contract.hold import HeldRecord, HoldMessage
from comboio.contract.redispatch import MalformedRedispatchError
from comboio.drain.give_up import GiveUp
from comboio.drain.memory import MemoryDrainStore
from comboio.invocation import Invocation
from comboio.ledger.memory import MemoryLedgerStore
from comboio.otlp.exporter import Exporter
from comboio.otlp.sampling import Sampling
from comboio.otlp.settings import SamplerName
from comboio.routing.router import Router
from comboio.routing.table import load
from dispatcher.drain.drain import Drainer
from dispatcher.fault import Fault
from dispatcher.observe.drain_traces import otlp_drain_traces
from dispatcher.observe.invocation_tracer import InvocationTracer
from dispatcher.observe.message_spans import MOST_FOLLOWED, MOST_LINKS
from dispatcher.observe.round_tracer import RoundTracer, TracedDrainer, TracedRedispatch
from dispatcher.observe.traced_reporter import TracedReporter
from dispatcher.redispatch import Redispatch
from dispatcher.response import DrainAnswer
from dispatcher.routes.outlets import Outlets
from dispatcher.send.dead_letter_queue import DeadLetterQueue
from dispatcher.send.deliver import Delivery, Timeouts
from dispatcher.send.destination_state import DestinationState
from dispatcher.send.gate import OpenGate
from tests.support.dispatcher import (
    NOW,
    PERMANENT,
    TRANSIENT,
    Downstream,
    FakeQueue,
    InlineExecutor,
    MemoryReporter,
    record,
)
from tests.support.otlp import attributes, spans

TABLE = load('version = 1\n[destinations.a]\ntype = "sqs"\ntarget = "https://q"\n[default]\nto = ["a"]\n', {})
PAYLOAD = b'{"event_id": "e", "truck_id": "t", "codigo": 300, "occurred_at": "2026-11-22T15:00:00Z"}'


class Source:
    """A hold queue that takes whatever it is asked."""

    def retry_after(self, receipts: Sequence[str], seconds: float, *, within_s: float) -> bool:
        """See HoldSource."""
        return True

    def put_aside(self, message: HoldMessage, *, within_s: float) -> bool:
        """See HoldSource."""
        return False

    def set_aside(self, body: str, *, within_s: float) -> bool:
        """See HoldSource."""
        return True


class NoOrders:
    """Nothing was given up."""

    def read(self, destinations: Collection[str], *, within_s: float) -> Mapping[str, Sequence[GiveUp]]:
        """See GiveUpOrders."""
        return {}


class World:
    """A traced drainer, and a receiver of its spans."""

    def __init__(self, sampler: SamplerName = "parentbased_always_off") -> None:
        self.ms = NOW
        self.bodies: list[bytes] = []
        self.a = Downstream("a")
        self.reporter = MemoryReporter()
        clocks = Clocks(lambda: self.ms, self._tick, lambda _: None)
        exporter = Exporter(self._post, {}, 1.0, clocks.clock, self.reporter.warning)
        sampling = Sampling(sampler, 0.0)
        self.count = 0
        traced = InvocationTracer(exporter, sampling, clocks, 1.0, self._entropy, None, self.reporter.warning)
        tracer = RoundTracer(traced, "drain")
        dlq = DeadLetterQueue("https://sqs/dlq", FakeQueue().api, InlineExecutor(), lambda position, text: text)
        outlets = Outlets(Router(TABLE), {"a": DestinationState(self.a)})
        store = MemoryDrainStore()
        delivery = Delivery(
            MemoryClaims(), dlq, None, OpenGate(), Timeouts(divert_after_s=2.0, checkpoint_s=60.0), clocks
        )
        drainer = Drainer(
            Source(),
            store,
            NoOrders(),  # type: ignore[arg-type]  # a fake
            lambda: outlets,
            delivery,
            1.0,
            reporter=TracedReporter(self.reporter, drained=tracer.drained),
            clocks=clocks,
            jitter=lambda: 0.5,
            phase=tracer.phase,
            sent=tracer.sent,
        )
        self._drainer = TracedDrainer(drainer, tracer)
        replays = RoundTracer(traced, "replay")
        redispatch = Redispatch(
            MemoryClaims(),
            MemoryLedgerStore(),
            lambda: outlets,
            delivery,
            clocks,
            1.0,
            phase=replays.phase,
            sent=replays.sent,
        )
        self._redispatch = TracedRedispatch(redispatch, replays)

    def _tick(self) -> float:
        self.ms += 1
        return self.ms / 1000

    def _entropy(self, size: int) -> bytes:
        self.count += 1
        return self.count.to_bytes(size)

    def _post(self, body: bytes, _within_s: float) -> Answer:
        self.bodies.append(body)
        return Answer(200, b"{}")

    def drain(self, *messages: Sequence[str | None]) -> DrainAnswer:
        """Drain messages, each of records with these traceparents, which were diverted an hour ago."""
        offset, records = 0, []
        for number, traces in enumerate(messages):
            held = []
            for traceparent in traces:
                held.append(
                    HeldRecord(record(offset, PAYLOAD), "default", 0, NOW - 3_600_000, "c", f"e{offset}", traceparent)
                )
                offset += 1
            body = HoldMessage("a", True, tuple(held)).to_body()
            group = {"MessageGroupId": f"g{number}"}
            records.append({"messageId": f"m{number}", "receiptHandle": "r", "body": body, "attributes": group})
        return self._drainer.drain({"Records": records}, Invocation("request-1", self.ms + 30_000))

    def replay(self, *traces: str | None) -> Mapping[str, str]:
        """Dispatch dead letters of messages with these traceparents; return what became of each."""
        letters = [
            DeadLetter(
                cluster="", topic="t", partition=0, offset=offset, timestamp=NOW, key=None, value=PAYLOAD,
                headers=(("traceparent", each.encode()),) if each else (), reason="unroutable", error="no route",
                route="default", attempts=1, first_failure=NOW - 60_000, last_failure=NOW, correlation_id="c",
            )
            for offset, each in enumerate(traces)
        ]  # fmt: skip
        event = {"letters": [json.loads(each.to_json()) for each in letters]}
        return self._redispatch.dispatch(event, Invocation("request-2", self.ms + 30_000))["outcomes"]


def trace(number: int, flags: str = "01") -> str:
    """Return a traceparent."""
    return f"00-{number + 1:032x}-{number + 1:016x}-{flags}"


def test_a_diverted_message_is_followed_to_its_destination() -> None:
    """Its own trace says when it was sent in the end, after how long, and leads to the invocation that sent it."""
    world = World()
    assert world.drain([trace(0), trace(1, "00")], [None]) == {"batchItemFailures": []}
    drain, send, to_a, message = spans(world.bodies[0])
    assert [span.name for span in (drain, send, to_a, message)] == ["drain", "send", "send a", "process t"]
    assert (send.parent_span_id, to_a.parent_span_id) == (drain.span_id, send.span_id)
    told = attributes(drain)
    assert (told["messaging.batch.message_count"], told["comboio.drained"], told["comboio.rounds"]) == (2, 3, 1)
    assert (message.trace_id.hex(), message.parent_span_id.hex()) == (f"{1:032x}", f"{1:016x}")
    assert [link.span_id for link in message.links] == [drain.span_id]
    assert [link.trace_id for link in drain.links] == [message.trace_id]
    told = attributes(message)
    assert (told["comboio.outcome"], told["comboio.destinations"]) == ("dispatched", ["a"])
    assert 3_600_000 <= told["comboio.unfinished_ms"] < 3_700_000


def test_a_message_that_stays_has_no_span_yet() -> None:
    """It comes again and again while its destination is away; the end of it is told once."""
    world = World()
    world.a.verdict = lambda _: TRANSIENT
    assert world.drain([trace(0)])["batchItemFailures"]
    assert world.bodies == []


def test_a_message_that_dies_in_the_hold_queue_says_so() -> None:
    """The one that its destination refuses for good is an error, with the reason that its letter has."""
    world = World()
    verdicts: dict[int, Fault] = {1: PERMANENT}
    world.a.verdict = verdicts.get
    world.drain([trace(0), trace(1)])
    *_, first, second = spans(world.bodies[0])
    assert [span.status.message for span in (first, second)] == ["", "never"]
    assert attributes(second)["error.type"] == "permanent"


def test_a_message_that_died_is_followed_to_its_replay() -> None:
    """Its own trace has what became of it in the end, and leads to the invocation that replayed it."""
    world = World()
    assert list(world.replay(trace(0), None, trace(1, "00")).values()) == ["dispatched"] * 3
    replay, send, to_a, message = spans(world.bodies[0])
    assert [span.name for span in (replay, send, to_a, message)] == ["replay", "send", "send a", "process t"]
    told = attributes(replay)
    assert (told["messaging.batch.message_count"], told["comboio.dispatched"]) == (3, 3)
    assert (told["faas.invocation_id"], message.trace_id.hex()) == ("request-2", f"{1:032x}")
    assert [link.span_id for link in message.links] == [replay.span_id]
    assert attributes(message)["comboio.unfinished_ms"] >= 60_000


def test_a_replay_that_fails_says_its_type_and_no_more() -> None:
    """What the dispatcher raises, the replayer gets, and the trace has its type."""
    world = World("always_on")
    with pytest.raises(MalformedRedispatchError):
        world._redispatch.dispatch({"letters": "S3CR3T"}, Invocation("request-3", world.ms + 30_000))
    (replay,) = spans(world.bodies[0])
    assert (replay.status.code, attributes(replay)["error.type"]) == (2, "MalformedRedispatchError")
    assert b"S3CR3T" not in world.bodies[0]


@pytest.mark.robustness("a producer that samples every message")
def test_spans_and_links_of_a_drain_are_bounded() -> None:
    """Ten full messages in which all is sampled are so many links and spans."""
    world = World()
    world.drain(*([trace(number * 100 + place) for place in range(100)] for number in range(10)))
    exported = spans(world.bodies[0])
    assert len(exported[0].links) <= MOST_LINKS
    assert len(exported[0].links) + exported[0].dropped_links_count == 1_000
    assert len(exported) <= MOST_FOLLOWED + 32


def test_without_a_followed_message_the_sampler_decides() -> None:
    """Nothing is exported of an invocation that nobody follows, where the ratio is 0."""
    world = World()
    world.drain([None, trace(0, "00")])
    assert world.bodies == []


@pytest.mark.robustness("a receiver of traces that is away, hangs, or answers nonsense")
def test_a_defect_in_the_tracing_of_a_drain_is_a_warning() -> None:
    """A traceparent that nobody let through takes no message with it."""
    world = World()
    assert world.drain(["1"]) == {"batchItemFailures": []}
    assert world.reporter.warnings == ["The batch's trace could not be made."]
    assert world.a.taken == [0]


@pytest.mark.parametrize(("environ", "warnings"), [({}, 0), ({"OTEL_EXPORTER_OTLP_ENDPOINT": "c:4317"}, 1)])
def test_a_wrong_option_is_a_warning_and_no_traces_of_the_drainer(environ: dict[str, Any], warnings: int) -> None:
    """As for the dispatcher."""
    reporter = MemoryReporter()
    assert otlp_drain_traces(environ, Clocks(), 6.0, reporter) is None
    assert len(reporter.warnings) == warnings
