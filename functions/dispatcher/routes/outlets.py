"""A routing table with its destinations ready."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from comboio.rate_limit.rate_limit import RateLimit
from comboio.routing.destination_spec import DestinationSpec
from comboio.routing.router import Router
from comboio.routing.table import RoutingTable
from dispatcher.destinations import build
from dispatcher.destinations.destination import Clients
from dispatcher.send.destination_state import DestinationState

MakeRate = Callable[[str, float], RateLimit]
"""Makes the rate limit of a destination, of its name and its `max_per_s`."""


class Outlets(Struct, frozen=True):
    """A routing table in use."""

    router: Router
    """Finds a record's route."""
    states: Mapping[str, DestinationState]
    """Each destination with what this environment knows of its health, by name."""


def outlets(
    table: RoutingTable, clients: Clients, before: Outlets | None = None, make_rate: MakeRate | None = None
) -> Outlets:
    """Make the destinations of a table; one that is the same as `before` is kept, with what is known of its health.

    Raises:
        RoutingError: a destination's type or options are wrong.
    """
    old = before.router.table.destinations if before else {}
    kept = {name: before.states[name] for name, spec in table.destinations.items() if before and old.get(name) == spec}
    new = {name: spec for name, spec in table.destinations.items() if name not in kept}
    made = build(table.model_copy(update={"destinations": new}), clients)
    states = {
        name: kept[name] if name in kept else DestinationState(made[name], rate=_rate(name, spec, make_rate))
        for name, spec in table.destinations.items()
    }
    return Outlets(Router(table), states)


def _rate(name: str, spec: DestinationSpec, make_rate: MakeRate | None) -> RateLimit | None:
    return make_rate(name, spec.max_per_s) if make_rate is not None and spec.max_per_s is not None else None
