"""Where messages can go: one file a kind, and one line here."""

from collections.abc import Callable, Mapping
from importlib import import_module

from comboio.routing.destination_spec import DestinationSpec
from comboio.routing.table import RoutingError, RoutingTable
from dispatcher.destinations.destination import Clients, Destination, ShapedDestination

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
    "webhook": "webhook.webhook:webhook",
    "dynamodb": "dynamodb:table",
    "s3": "s3:bucket",
    "kafka": "kafka.topic:topic",
    "python": "python_function:function",
}
"""For each type the module and the function that make its destination.

They are names, so that a cold start imports only what the table uses: all together are 12 ms.
"""

Make = Callable[[str, DestinationSpec, Clients], Destination]
"""Makes a destination of its name, its section of the table, and the clients."""


def build(table: RoutingTable, clients: Clients) -> Mapping[str, Destination]:
    """Return the destinations of a table by name.

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
        destination = make(name, spec, clients)
        if spec.shaped:  # only then is it imported: a cold start pays for it
            shape = import_module(f"{__name__}.payload.shape")
            destination = ShapedDestination(destination, shape.shape(spec))
    except ValueError as error:
        raise RoutingError(f"routes.toml, destinations.{name}: {error}") from None
    return destination
