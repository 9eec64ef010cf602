"""A routing table with its destinations ready."""

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


def network(table: RoutingTable, clients: Clients, before: Network | None = None) -> Network:
    """Makes the destinations of a table; those that are as they were `before` stay what they are, health and all.

    Raises:
        RoutingError: a destination's type or options are wrong.
    """
    old = before.router.table.destinations if before else {}
    kept = {name: before.berths[name] for name, spec in table.destinations.items() if before and old.get(name) == spec}
    new = {name: spec for name, spec in table.destinations.items() if name not in kept}
    made = build(table.model_copy(update={"destinations": new}), clients)
    berths = {name: kept[name] if name in kept else Berth(made[name]) for name in table.destinations}
    return Network(table.router(), berths)
