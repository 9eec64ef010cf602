"""Traces by OTLP, as OpenTelemetry's variables ask for them; imported only where they name an endpoint."""

from collections.abc import Mapping
from os import urandom
from typing import Any

from comboio.aws.credentials import credential_source
from comboio.clocks import Clocks
from comboio.errors import ConfigurationError
from comboio.invocation import Invocation
from comboio.otlp.exporter import Exporter
from comboio.otlp.receiver import receiver
from comboio.otlp.resource import resource
from comboio.otlp.sampling import Sampling
from comboio.otlp.settings import OtlpSettings
from dispatcher.observe.batch_tracer import BatchTracer
from dispatcher.observe.invocation_tracer import InvocationTracer
from dispatcher.observe.reporter import Reporter
from dispatcher.observe.round_tracer import RoundTracer, TracedRedispatch
from dispatcher.observe.traced_reporter import TracedReporter
from dispatcher.observe.tracing import Dispatches, ReplayTraces, Traces
from dispatcher.response import Response

SERVICE = "comboio-dispatcher"
"""`service.name`, unless the environment has another."""


class TracedDispatcher:
    """Dispatches by another. The export comes last: when it begins, the batch is settled."""

    def __init__(self, dispatcher: Dispatches, tracer: BatchTracer) -> None:
        self._dispatcher = dispatcher
        self._tracer = tracer

    def dispatch(self, event: Mapping[str, Any], invocation: Invocation) -> Response:
        """See Dispatcher."""
        self._tracer.begin(invocation)
        try:
            answer = self._dispatcher.dispatch(event, invocation)
        except Exception as error:
            self._tracer.end(error)
            raise
        self._tracer.end()
        return answer


def otlp_traces(environ: Mapping[str, str], clocks: Clocks, margin_s: float, reporter: Reporter) -> Traces | None:
    """Return what traces batches, or None where nothing does: it is switched off, or an option is wrong."""
    if (traced := invocation_tracer(environ, clocks, margin_s, reporter, SERVICE)) is None:
        return None
    tracer, replays = BatchTracer(traced), RoundTracer(traced, "replay")
    return Traces(
        tracer.phase,
        TracedReporter(reporter, tracer.reported),
        lambda dispatcher: TracedDispatcher(dispatcher, tracer),
        ReplayTraces(replays.phase, replays.sent, lambda redispatch: TracedRedispatch(redispatch, replays)),
    )


def invocation_tracer(
    environ: Mapping[str, str], clocks: Clocks, margin_s: float, reporter: Reporter, service: str
) -> InvocationTracer | None:
    """Return what traces the invocations of a service, or None where nothing does.

    A wrong option is a warning: no message waits because of a trace.
    """
    try:
        settings = OtlpSettings.from_environment(environ)
        if not settings.traces_url:
            return None
        post = receiver(settings, environ, credential_source)
    except (ConfigurationError, ValueError) as error:
        reporter.warning("Traces are switched off, as one of their options is wrong.", {"error": str(error)})
        return None
    told = resource(settings, environ, service)
    exporter = Exporter(post, told, settings.timeout_ms / 1000, clocks.clock, reporter.warning)
    sampling = Sampling(settings.traces_sampler, settings.traces_sampler_arg)
    in_xray = "xray-lambda" in settings.propagators.replace(" ", "").split(",")
    return InvocationTracer(
        exporter, sampling, clocks, margin_s, urandom, environ if in_xray else None, reporter.warning
    )
