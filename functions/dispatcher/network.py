"""The routing table in force, with its destinations ready."""

from collections.abc import Mapping
from dataclasses import dataclass

from comboio.routing import Router, RoutingTable
from dispatcher.destination import Clients
from dispatcher.destinations import build
from dispatcher.dock import Berth


@dataclass(frozen=True, slots=True)
class Network:
    """Where messages go, and what is known of each destination's health."""

    router: Router
    berths: Mapping[str, Berth]


def network(table: RoutingTable, clients: Clients) -> Network:
    """Makes the destinations of a table.

    Raises:
        RoutingError: a destination's type or options are wrong.
    """
    destinations = build(table, clients)
    return Network(table.router(), {name: Berth(destination) for name, destination in destinations.items()})
