"""Wires the drainer, once per execution environment; apart from the dispatcher, which need not load it."""

from collections.abc import Callable, Mapping

from comboio.aws.json_api import SQS, connect
from comboio.drain.dynamodb import DynamoDrainStore
from comboio.drain.give_up_store import DynamoGiveUpOrders
from comboio.settings import SettingsError
from dispatcher.drain.drain import Drainer
from dispatcher.drain.hold_source import SqsHoldSource
from dispatcher.observe.reporter import Reporter
from dispatcher.wiring import Connect, core


def build_drainer(
    environ: Mapping[str, str],
    *,
    connect: Connect = connect,
    wrap_reporter: Callable[[Reporter], Reporter] = lambda reporter: reporter,
) -> Drainer:
    """Build the drainer that the environment describes.

    Raises:
        SettingsError, RoutingError, TableUnreachableError, NoCredentialsError: what is wrong with the environment.
    """
    made = core(environ, connect, wrap_reporter)
    settings = made.settings
    if not settings.hold_queue_url:
        raise SettingsError("HOLD_QUEUE_URL is not set, and a drainer needs it: the URL of the hold queue.")
    return Drainer(
        SqsHoldSource(settings.hold_queue_url, settings.dead_letter_queue_url, made.clients(SQS)),
        DynamoDrainStore(made.dynamodb, settings.ledger_table),
        DynamoGiveUpOrders(made.dynamodb, settings.ledger_table),
        made.routes,
        made.delivery,
        settings.margin_s,
        reporter=made.reporter,
        clocks=made.clocks,
    )
