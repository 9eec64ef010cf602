"""Wires the dispatcher, once per execution environment."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import cache
from os import urandom
from typing import NamedTuple

from aws_lambda_powertools import Logger
from msgspec import Struct

from comboio.aws.credentials import CredentialSource, credential_source
from comboio.aws.json_api import DYNAMODB, SQS, JsonApi, Service, connect
from comboio.claims.dynamodb import DynamoClaims
from comboio.clocks import Clocks
from comboio.contract.cluster import clusters_named
from comboio.destination_state.dynamodb import DynamoStateStore
from comboio.destination_state.shared_states import SharedStates
from comboio.drain.dynamodb import DynamoDrainStore
from comboio.ledger.dynamodb import DynamoLedgerStore
from comboio.ledger.store import LedgerStore
from comboio.rate_limit.dynamodb import DynamoTokenStore
from comboio.rate_limit.rate_limit import RateLimit
from comboio.settings import FILE
from dispatcher.destinations.destination import Clients
from dispatcher.dispatch import Dispatcher, DispatchLimits
from dispatcher.intake.admission import AdmissionLimits
from dispatcher.observe.log import LogReporter
from dispatcher.observe.reporter import Reporter
from dispatcher.observe.tracing import Dispatches, Redispatches, Traces, xray_traces
from dispatcher.redispatch import Redispatch
from dispatcher.routes.reload import LiveRoutes
from dispatcher.routes.source import table_source
from dispatcher.send import dead_letter_queue as dead_letters
from dispatcher.send.deliver import Delivery, Timeouts
from dispatcher.send.hold_queue import HoldQueue, SqsHoldQueue
from dispatcher.send.shared_gate import SharedGate
from dispatcher.settings import DispatcherSettings

OTLP = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
"""Where none of these is set, spans are not exported, and what makes them is not even imported."""

_STORE_THREADS = 64
"""Event claims, dead letters and hold messages written at the same time. Destinations have threads of their own."""


class DispatcherFunction(NamedTuple):
    """What the handler passes events to."""

    dispatcher: Dispatches
    """Takes batches of records."""
    redispatch: Redispatches
    """Takes dead letters."""
    reporter: Reporter
    """Is told of each invocation before it begins."""


Connect = Callable[[Service, Mapping[str, str], CredentialSource, float], JsonApi]
"""Makes the client of a service, from the environment, with credentials and a timeout in seconds."""


class Core(Struct, frozen=True):
    """What the dispatcher and the drainer have in common."""

    settings: DispatcherSettings
    dynamodb: JsonApi
    clients: Clients
    pool: Executor
    clocks: Clocks
    logger: Logger
    reporter: Reporter
    routes: LiveRoutes
    claims: DynamoClaims
    delivery: Delivery


def core(environ: Mapping[str, str], connect: Connect, wrap_reporter: Callable[[Reporter], Reporter]) -> Core:
    """Build what both have in common.

    Raises:
        SettingsError, RoutingError, TableUnreachableError, NoCredentialsError: what is wrong with the environment.
    """
    settings = DispatcherSettings.from_environment(environ)
    credentials = credential_source(environ)

    @cache
    def clients(service: Service) -> JsonApi:
        return connect(service, environ, credentials, settings.call_timeout_s)

    pool = ThreadPoolExecutor(_STORE_THREADS, thread_name_prefix="store")
    clocks = Clocks()
    logger = Logger(level=environ.get("LOG_LEVEL") or environ.get("POWERTOOLS_LOG_LEVEL") or "INFO")
    reporter = wrap_reporter(LogReporter(environ, logger))
    dynamodb, table = clients(DYNAMODB), settings.ledger_table
    tokens = DynamoTokenStore(dynamodb, table)
    routes = LiveRoutes(
        table_source(settings, environ),
        environ,
        clients,
        max_age_s=settings.routes_max_age_s,
        clock=clocks.clock,
        reporter=reporter,
        make_rate=lambda name, max_per_s: RateLimit(name, max_per_s, tokens, pool),
        served=clusters_named(settings.clusters),
    )
    claims = DynamoClaims(dynamodb, table, pool, settings.event_claim_s)
    letters = dead_letters.connect(settings.dead_letter_queue_url, clients, pool, settings.dead_letter_bucket)
    hold: HoldQueue | None = None
    if settings.hold_queue_url:
        hold = SqsHoldQueue(settings.hold_queue_url, clients(SQS), pool)
    shared = SharedStates(DynamoStateStore(dynamodb, table), urandom(16).hex())
    gate = SharedGate(shared, clocks.now, clocks.clock)
    timeouts = Timeouts(settings.divert_after_s, settings.checkpoint_s)
    delivery = Delivery(claims, letters, hold, gate, timeouts, clocks)
    return Core(settings, dynamodb, clients, pool, clocks, logger, reporter, routes, claims, delivery)


def build(
    environ: Mapping[str, str],
    *,
    connect: Connect = connect,
    wrap_store: Callable[[LedgerStore], LedgerStore] = lambda store: store,
    wrap_reporter: Callable[[Reporter], Reporter] = lambda reporter: reporter,
) -> DispatcherFunction:
    """Build the function that the environment describes.

    Args:
        environ: the function's environment.
        connect: makes the client of a service.
        wrap_store: wraps the ledger store; the demo injects faults here.
        wrap_reporter: wraps the reporter; the demo counts batches here.

    Raises:
        SettingsError, RoutingError, TableUnreachableError, NoCredentialsError: what is wrong with the environment.
    """
    made = core(environ, connect, wrap_reporter)
    settings, table = made.settings, made.settings.ledger_table
    traces = _traces(environ, made)
    ledgers = DynamoLedgerStore(made.dynamodb, table)
    dispatcher = Dispatcher(
        wrap_store(ledgers),
        DynamoDrainStore(made.dynamodb, table),
        made.routes,
        made.delivery,
        DispatchLimits(
            AdmissionLimits(settings.max_pending, settings.abandon_after_s * 1000),
            settings.margin_s,
            clusters_named(settings.clusters),
            settings.late_after_s * 1000,
        ),
        reporter=traces.reporter,
        clocks=made.clocks,
        phase=traces.phase,
    )
    replays = traces.replays
    redispatch = Redispatch(
        made.claims, ledgers, made.routes, made.delivery, made.clocks, settings.margin_s, replays.phase, replays.sent
    )
    return DispatcherFunction(traces.wrap(dispatcher), replays.wrap(redispatch), made.reporter)


def _traces(environ: Mapping[str, str], made: Core) -> Traces:
    if wants_spans(environ):
        from dispatcher.observe.traces import otlp_traces  # only here: nobody else pays for it

        if traces := otlp_traces(environ, made.clocks, made.settings.margin_s, made.reporter):
            return traces
    return xray_traces(environ, made.reporter)


def wants_spans(environ: Mapping[str, str]) -> bool:
    """Return whether there is an endpoint for spans: without one nothing that makes them is imported."""
    return any(environ.get(name) or environ.get(name + FILE) for name in OTLP)
