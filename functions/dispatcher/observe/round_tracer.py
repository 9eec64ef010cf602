"""Follows one invocation after the other that sends round by round, and exports it when it is over."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from comboio.contract.redispatch import RedispatchAnswer
from comboio.invocation import Invocation
from comboio.otlp.span import Span, SpanContext, Value
from dispatcher.observe.drain_report import DrainReport
from dispatcher.observe.invocation_tracer import InvocationTracer
from dispatcher.observe.message_spans import followed
from dispatcher.observe.round_spans import Round, RoundsCourse, round_spans
from dispatcher.observe.tracing import Drains, Redispatches
from dispatcher.parcel import Outcome, Parcel
from dispatcher.response import DrainAnswer
from dispatcher.routes.outlets import Outlets
from dispatcher.send.deliver import Delivered

_LEFT = (Outcome.DISPATCHED, Outcome.DISCARDED, Outcome.DUPLICATE, Outcome.DEAD)
"""Outcomes after which a message does not come again; the others come again, each time without a span."""

Answer = TypeVar("Answer")


class RoundTracer:
    """Traces invocations, one at a time; `name` is that of their spans."""

    def __init__(self, tracer: InvocationTracer, name: str) -> None:
        self._tracer = tracer
        self._name = name
        self.phase = tracer.phase
        """Takes note of a round's sending."""
        self._course = RoundsCourse("", 0)

    def sent(self, parcels: Sequence[Parcel], delivered: Delivered, outlets: Outlets) -> None:
        """Take note of a round."""
        with self._tracer.harmless():
            self._course.rounds.append(Round(delivered.traffic, outlets))
            self._course.parcels += followed(parcels)

    def drained(self, report: DrainReport) -> None:
        """Take note of what a drainer's invocation came to."""
        counts: dict[str, Value] = {"messaging.batch.message_count": report.messages, "messaging.system": "aws_sqs"}
        found = {"drained": report.drained.total(), "dead": report.dead.total(), "split": report.split}
        found["foreign"] = report.foreign
        self._course.counts = counts | {f"comboio.{name}": count for name, count in found.items() if count}

    def replayed(self, answer: RedispatchAnswer) -> None:
        """Take note of what became of dead letters."""
        found = list(answer["outcomes"].values())
        counts: dict[str, Value] = {"messaging.batch.message_count": len(found)}
        self._course.counts = counts | {f"comboio.{outcome}": found.count(outcome) for outcome in sorted(set(found))}

    def run(self, invocation: Invocation, work: Callable[[], Answer]) -> Answer:
        """Do the work of an invocation, and export it if it is sampled: then all that it writes is written."""
        self._tracer.begin(invocation)
        self._course = RoundsCourse(invocation.owner, self._tracer.began_ns)
        try:
            answer = work()
        except Exception as error:
            self._end(type(error).__name__)
            raise
        self._end(None)
        return answer

    def _end(self, error: str | None) -> None:
        course, self._course = self._course, RoundsCourse("", 0)  # nobody holds the messages any longer
        with self._tracer.harmless():
            course.ended_ns, course.phases, course.error = self._tracer.now_ns(), self._tracer.phases, error
            left = [parcel for parcel in course.parcels if parcel.outcome in _LEFT and parcel.done]

            def spans(context: SpanContext, parent_id: str) -> list[Span]:
                return round_spans(self._name, course, context, parent_id, left, self._tracer.new_id, self._tracer.ns)

            self._tracer.export(spans, followed=bool(left))


class TracedDrainer:
    """Drains by another."""

    def __init__(self, drainer: Drains, tracer: RoundTracer) -> None:
        self._drainer = drainer
        self._tracer = tracer

    def drain(self, event: Mapping[str, Any], invocation: Invocation) -> DrainAnswer:
        """See Drainer."""
        return self._tracer.run(invocation, lambda: self._drainer.drain(event, invocation))


class TracedRedispatch:
    """Dispatches dead letters by another."""

    def __init__(self, redispatch: Redispatches, tracer: RoundTracer) -> None:
        self._redispatch = redispatch
        self._tracer = tracer

    def dispatch(self, event: Mapping[str, Any], invocation: Invocation) -> RedispatchAnswer:
        """See Redispatch."""

        def work() -> RedispatchAnswer:
            answer = self._redispatch.dispatch(event, invocation)
            self._tracer.replayed(answer)
            return answer

        return self._tracer.run(invocation, work)
