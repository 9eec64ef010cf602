"""Wires the drainer, once per execution environment; apart from the dispatcher, which need not load it."""

from collections.abc import Callable, Mapping

from comboio.aws.json_api import SQS, connect
from comboio.drain.dynamodb import DynamoDrainStore
from comboio.drain.give_up_store import DynamoGiveUpOrders
from comboio.settings import SettingsError
from dispatcher.drain.drain import Drainer
from dispatcher.drain.hold_source import SqsHoldSource
from dispatcher.observe.reporter import Reporter
from dispatcher.observe.tracing import Drains, DrainTraces, no_drain_traces
from dispatcher.wiring import Connect, Core, core, wants_spans


def build_drainer(
    environ: Mapping[str, str],
    *,
    connect: Connect = connect,
    wrap_reporter: Callable[[Reporter], Reporter] = lambda reporter: reporter,
) -> Drains:
    """Build the drainer that the environment describes.

    Raises:
        SettingsError, RoutingError, TableUnreachableError, NoCredentialsError: what is wrong with the environment.
    """
    made = core(environ, connect, wrap_reporter)
    settings = made.settings
    if not settings.hold_queue_url:
        raise SettingsError("HOLD_QUEUE_URL is not set, and a drainer needs it: the URL of the hold queue.")
    traces = _traces(environ, made)
    drainer = Drainer(
        SqsHoldSource(settings.hold_queue_url, settings.dead_letter_queue_url, made.clients(SQS)),
        DynamoDrainStore(made.dynamodb, settings.ledger_table),
        DynamoGiveUpOrders(made.dynamodb, settings.ledger_table),
        made.routes,
        made.delivery,
        settings.margin_s,
        reporter=traces.reporter,
        clocks=made.clocks,
        phase=traces.phase,
        sent=traces.sent,
    )
    return traces.wrap(drainer)


def _traces(environ: Mapping[str, str], made: Core) -> DrainTraces:
    if wants_spans(environ):
        from dispatcher.observe.drain_traces import otlp_drain_traces  # only here: nobody else pays for it

        if traces := otlp_drain_traces(environ, made.clocks, made.settings.margin_s, made.reporter):
            return traces
    return no_drain_traces(made.reporter)
