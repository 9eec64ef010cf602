"""Where messages can go: one file a kind, and one line here."""

from collections.abc import Callable, Mapping
from importlib import import_module

from comboio.routing.table import DestinationSpec, RoutingError, RoutingTable
from dispatcher.destinations.destination import Clients, Destination

KINDS = {
    "sqs": "sqs:standard",
    "sqs_fifo": "sqs:fifo",
    "sns": "sns:standard",
    "sns_fifo": "sns:fifo",
    "eventbridge": "eventbridge:bus",
    "kinesis": "kinesis:stream",
    "firehose": "firehose:stream",
    "lambda": "lambda_function:function",
    "step_functions": "step_functions:machine",
    "webhook": "webhook:webhook",
}
"""The module and function that make a destination of its name, its section of the table and the clients.

By name, as a table uses few of them, and all together are 12 ms of a cold start.
"""

Make = Callable[[str, DestinationSpec, Clients], Destination]


def build(table: RoutingTable, clients: Clients) -> Mapping[str, Destination]:
    """The destinations of a table by name.

    Raises:
        RoutingError: a type that does not exist, or options that its type does not take.
    """
    return {name: _destination(name, spec, clients) for name, spec in table.destinations.items()}


def _destination(name: str, spec: DestinationSpec, clients: Clients) -> Destination:
    if spec.type not in KINDS:
        raise RoutingError(
            f"routes.toml, destinations.{name}.type: there is no {spec.type!r}; there are: {', '.join(sorted(KINDS))}."
        )
    module, _, function = KINDS[spec.type].partition(":")
    make: Make = getattr(import_module(f"{__name__}.{module}"), function)
    try:
        return make(name, spec, clients)
    except ValueError as error:
        raise RoutingError(f"routes.toml, destinations.{name}: {error}") from None
