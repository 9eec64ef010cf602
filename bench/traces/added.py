"""The processor time of tracing alone: a batch that is dispatched already is traced and exported."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.dispatcher.contenders import routing_table
from comboio.clocks import Clocks
from comboio.contract.record import partitions
from comboio.invocation import Invocation
from comboio.otlp.sampling import SHORTEST_S
from comboio.routing.router import Router
from comboio.routing.table import load
from dispatcher.intake.admission import parcel_of
from dispatcher.observe.report import BatchReport
from dispatcher.observe.reporter import Reporter
from dispatcher.observe.traces import otlp_traces
from dispatcher.observe.tracing import Traces
from dispatcher.parcel import Outcome
from dispatcher.response import Response
from dispatcher.routes.outlets import Outlets
from dispatcher.send.traffic import Traffic

CALLS = 1_000
"""Calls of a batch of 10,000 that is not packed."""


class Silent:
    """A reporter that says nothing, so that only the tracing is measured."""

    def __getattr__(self, _: str) -> Any:
        return lambda *_: None


class Dispatched:
    """Stands for a dispatcher that has just sent a batch: it enters the phases and reports, and does nothing else."""

    def __init__(self, text: str, *, sampled: bool) -> None:
        router = Router(load(routing_table("unpacked"), {}))
        records = [record for _, group in partitions(json.loads(text)) for record in group]
        self._parcels = [parcel_of(record, router) for record in records]
        for parcel in self._parcels:
            parcel.outcome, parcel.served = Outcome.DISPATCHED, ("queue",)
            if not sampled:
                parcel.traceparent = f"{(parcel.traceparent or '')[:-2]}00"
        traffic = Traffic()
        for number in range(CALLS):
            traffic.called(float(number))
            traffic.answered([None], 0.005)
        self._report = BatchReport(
            records=len(records), partitions=12, outlets=Outlets(router, {}), traffic={"queue": traffic}
        )
        self._report.concluded(self._parcels)
        self.traces: Traces | None = None

    def dispatch(self, event: Mapping[str, Any], invocation: Invocation) -> Response:  # noqa: ARG002 the shape of it
        """See Dispatcher."""
        if self.traces is not None:
            for name in ("claim", "admit", "send", "settle"):
                with self.traces.phase(name):
                    pass
            self.traces.reporter.batch(self._report, self._parcels)
        return {"batchItemFailures": []}


@dataclass(frozen=True, slots=True)
class Added:
    """Milliseconds of processor time a batch."""

    least: float
    median: float


def added_ms(text: str, endpoint: str, rounds: int, *, sampled: bool) -> Added:
    """Return what tracing adds to a batch of the event `text`, spans over HTTP to `endpoint` included."""
    silent: Reporter = Silent()
    traces = otlp_traces({"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}, Clocks(), 6.0, silent)
    assert traces is not None  # noqa: S101 -- there is an endpoint
    dispatched = Dispatched(text, sampled=sampled)
    dispatched.traces = traces
    dispatcher = traces.wrap(dispatched)
    taken = []
    for _ in range(rounds):
        time.sleep(SHORTEST_S * 1.1)  # as many as are traced in a second
        invocation = Invocation("8f5a2c1e-7b3d-4e9a-9c1f-2d4b6a8e0f13", time.time_ns() // 1_000_000 + 30_000)
        began = time.process_time()
        dispatcher.dispatch({}, invocation)
        taken.append((time.process_time() - began) * 1000)
    return Added(min(taken), sorted(taken)[len(taken) // 2])
