"""Wires the dispatcher, once per execution environment."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import NamedTuple

from aws_lambda_powertools import Logger

from comboio.aws.credentials import CredentialSource, credential_source
from comboio.aws.json_api import DYNAMODB, JsonApi, Service, connect
from comboio.claims.dynamodb import DynamoClaims
from comboio.clocks import Clocks
from comboio.ledger.dynamodb import DynamoLedgerStore
from comboio.ledger.store import LedgerStore
from dispatcher.dispatch import Dispatcher
from dispatcher.intake.admission import Limits
from dispatcher.observe.log import LogReporter
from dispatcher.observe.reporter import Reporter
from dispatcher.observe.tracing import phases
from dispatcher.redispatch import Redispatch
from dispatcher.routes.live import LiveRoutes
from dispatcher.routes.source import table_source
from dispatcher.send import dead_letter_queue as dead_letters
from dispatcher.send.deliver import Delivery, Timeouts
from dispatcher.settings import DispatcherSettings

THREADS = 64
"""Calls in flight, of all destinations and of the ledger together."""


class DispatcherFunction(NamedTuple):
    """What the handler passes events to."""

    dispatcher: Dispatcher
    """Takes batches of records."""
    redispatch: Redispatch
    """Takes dead letters."""
    reporter: Reporter
    """Is told of each invocation before it begins."""


Connect = Callable[[Service, Mapping[str, str], CredentialSource, float], JsonApi]
"""Makes the client of a service, from the environment, with credentials and a timeout in seconds."""


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
    settings = DispatcherSettings.from_environment(environ)
    credentials = credential_source(environ)

    @cache
    def clients(service: Service) -> JsonApi:
        return connect(service, environ, credentials, settings.call_timeout_s)

    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="call")
    clocks = Clocks()
    reporter = wrap_reporter(LogReporter(environ, Logger()))
    routes = LiveRoutes(
        table_source(settings, environ),
        environ,
        clients,
        max_age_s=settings.routes_max_age_s,
        clock=clocks.clock,
        reporter=reporter,
    )
    claims = DynamoClaims(clients(DYNAMODB), settings.ledger_table, pool, settings.event_claim_s)
    letters = dead_letters.connect(settings.dead_letter_queue_url, clients, pool, settings.dead_letter_bucket)
    delivery = Delivery(claims, letters, pool, Timeouts(settings.margin_s, settings.checkpoint_s), clocks)
    dispatcher = Dispatcher(
        wrap_store(DynamoLedgerStore(clients(DYNAMODB), settings.ledger_table)),
        routes,
        delivery,
        pool,
        Limits(settings.max_pending, settings.abandon_after_s * 1000),
        reporter=reporter,
        clocks=clocks,
        phase=phases(environ),
    )
    return DispatcherFunction(dispatcher, Redispatch(claims, routes, delivery, clocks), reporter)
