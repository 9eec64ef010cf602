"""Where messages can go: one file a kind, and one line here."""

from collections.abc import Mapping

from comboio.routing import DestinationSpec, RoutingError, RoutingTable
from dispatcher.destination import Clients, Destination
from dispatcher.destinations import sqs

KINDS = {
    "sqs": sqs.standard,
    "sqs_fifo": sqs.fifo,
}


def build(table: RoutingTable, clients: Clients) -> Mapping[str, Destination]:
    """The destinations of a table by name.

    Raises:
        RoutingError: a type that does not exist, or options that its type does not take.
    """
    return {name: _destination(name, spec, clients) for name, spec in table.destinations.items()}


def _destination(name: str, spec: DestinationSpec, clients: Clients) -> Destination:
    make = KINDS.get(spec.type)
    if make is None:
        raise RoutingError(
            f"routes.toml, destinations.{name}.type: there is no {spec.type!r}; there are: {', '.join(sorted(KINDS))}."
        )
    try:
        return make(name, spec, clients)
    except (TypeError, ValueError) as error:
        raise RoutingError(f"routes.toml, destinations.{name}: {error}") from None
