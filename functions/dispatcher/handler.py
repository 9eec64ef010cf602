"""The Lambda handler: wires the dispatcher once per execution environment."""

import gc
import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, NamedTuple

from aws_lambda_powertools import Logger

from comboio.aws.credentials import CredentialSource, credential_source
from comboio.aws.json_api import DYNAMODB, JsonApi, Service, connect
from comboio.claims.dynamodb import DynamoClaims
from comboio.clocks import Clocks
from comboio.invocation import LambdaContext, invocation_of
from comboio.ledger.dynamodb import DynamoLedgerStore
from comboio.ledger.store import LedgerStore
from dispatcher import redispatch as replay
from dispatcher.dispatch import Dispatcher
from dispatcher.intake.admission import Limits
from dispatcher.observe.log import LogReporter
from dispatcher.observe.reporter import Reporter
from dispatcher.observe.tracing import phases
from dispatcher.redispatch import Redispatch, RedispatchAnswer
from dispatcher.response import Response
from dispatcher.routes.live import LiveRoutes
from dispatcher.routes.source import table_source
from dispatcher.send import dead_letter_queue as dead_letters
from dispatcher.send.deliver import Delivery, Timeouts
from dispatcher.settings import DispatcherSettings

THREADS = 64


class Function(NamedTuple):
    """What the handler can do."""

    dispatcher: Dispatcher
    replay: Redispatch
    reporter: Reporter


Connect = Callable[[Service, Mapping[str, str], CredentialSource, float], JsonApi]


def build(
    environ: Mapping[str, str],
    *,
    connect: Connect = connect,
    wrap_store: Callable[[LedgerStore], LedgerStore] = lambda store: store,
    wrap_reporter: Callable[[Reporter], Reporter] = lambda reporter: reporter,
) -> Function:
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
    _spare_the_collector()
    return Function(dispatcher, Redispatch(claims, routes, delivery, clocks), reporter)


def _spare_the_collector() -> None:
    """A batch's records live long for the garbage collector and have no cycles; at its default threshold it walks them
    over and over, for 8 to 10% of a packed batch's time (docs/benchmarks.md)."""
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


@cache
def _function() -> Function:
    return build(os.environ)


def handler(event: Mapping[str, Any], context: LambdaContext) -> Response | RedispatchAnswer:
    """Takes a batch of Kafka records and answers with those that must come again; or takes dead letters."""
    invocation = invocation_of(context, time.time_ns() // 1_000_000)
    function = _function()
    function.reporter.invocation(invocation)
    if event.get("eventSource") == replay.SOURCE:
        return function.replay.replay(event, invocation)
    return function.dispatcher.dispatch(event, invocation)


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:  # in Lambda, at start: what is wrong shows before the first batch
    _function()
