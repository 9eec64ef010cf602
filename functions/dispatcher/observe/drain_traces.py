"""Traces of the drainer by OTLP; imported only where OpenTelemetry's variables name an endpoint."""

from collections.abc import Mapping

from comboio.clocks import Clocks
from dispatcher.observe.reporter import Reporter
from dispatcher.observe.round_tracer import RoundTracer, TracedDrainer
from dispatcher.observe.traced_reporter import TracedReporter
from dispatcher.observe.traces import invocation_tracer
from dispatcher.observe.tracing import DrainTraces

_SERVICE = "comboio-drainer"
"""`service.name`, unless the environment has another."""


def otlp_drain_traces(
    environ: Mapping[str, str], clocks: Clocks, margin_s: float, reporter: Reporter
) -> DrainTraces | None:
    """Return what traces the drainer, or None where nothing does: it is switched off, or an option is wrong."""
    if (traced := invocation_tracer(environ, clocks, margin_s, reporter, _SERVICE)) is None:
        return None
    tracer = RoundTracer(traced, "drain")
    return DrainTraces(
        tracer.phase,
        tracer.sent,
        TracedReporter(reporter, drained=tracer.drained),
        lambda drainer: TracedDrainer(drainer, tracer),
    )
