"""Refuses a table that sends a message twice to a place that keeps one copy: the other would be lost without a word."""

from comboio.routing.destination_spec import DestinationSpec
from comboio.routing.route import Route
from comboio.routing.table import RoutingError, RoutingTable

Place = tuple[str, str, str]
"""A kind, its target, and what else tells two of its places apart."""


def refuse_same_place(table: RoutingTable) -> None:
    """Check that no route leads twice to where a message goes by its own name: an object's, an execution's, an item's.

    Two destinations of one place may differ in what they pick or mask, and each counts as served by the other's copy.

    Raises:
        RoutingError: a route does.
    """
    for route in (*table.routes, table.fallback):
        _check(route, table)


def _check(route: Route, table: RoutingTable) -> None:
    names: dict[Place, str] = {}
    for name in route.to:
        spec = table.destinations.get(name)
        place = spec and _place(spec)
        if not place:
            continue
        if place in names:
            raise RoutingError(
                f"routes.toml, route {route.name}: destinations.{names[place]} and destinations.{name} are one "
                f"{place[0]} target, which keeps one copy of a message, so that of the other would be lost. Leave one "
                "of them out of `to`, or give it a target (or prefix) of its own."
            )
        names[place] = name


def _place(spec: DestinationSpec) -> Place | None:
    """Return where a destination keeps one copy of a message; None where it keeps each that comes."""
    if spec.type == "s3":
        return spec.type, spec.target, str(spec.options.get("prefix", "")).strip("/")
    if spec.type in ("sqs_fifo", "sns_fifo", "step_functions"):
        return spec.type, spec.target, ""
    if spec.type == "dynamodb" and spec.options.get("write") != "update":
        return spec.type, spec.target, str(spec.options.get("key"))
    return None
