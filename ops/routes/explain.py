"""Explains why a message takes its route, and what its destinations guarantee."""

from importlib import import_module
from typing import NamedTuple

from comboio.routing.table import Route, RoutingTable
from dispatcher.destinations import KINDS


class RouteStep(NamedTuple):
    """A route that was tried, and whether it takes the message, with the reason."""

    route: Route
    why: str


def explain(table: RoutingTable, topic: str, codigo: int) -> list[RouteStep]:
    """Return the routes in the order in which they are tried, each with the reason; the last one takes the message."""
    steps: list[RouteStep] = []
    for route in table.routes:
        if route.takes(topic, codigo):
            return [*steps, RouteStep(route, f"takes it: {_matched(route)}.")]
        steps.append(RouteStep(route, f"does not take it: {_missed(route, topic, codigo)}."))
    return [*steps, RouteStep(table.fallback, "takes it: no other route did.")]


def guarantee(kind: str) -> str:
    """Return what a kind of destination guarantees."""
    module = import_module(f"dispatcher.destinations.{KINDS[kind].partition(':')[0]}")
    return str(module.GUARANTEE)


def _matched(route: Route) -> str:
    topics = f"its topics are {_listed(route.topics)}" if route.topics else "it is for all topics"
    codigos = f"its codigos are {codigos_text(route)}" if route.codigos else "it is for all codigos"
    return f"{topics}, and {codigos}"


def _missed(route: Route, topic: str, codigo: int) -> str:
    reasons = []
    if route.topics and topic not in route.topics:
        reasons.append(f"its topics are {_listed(route.topics)}, and this is {topic}")
    if route.codigos and not any(codigos.holds(codigo) for codigos in route.codigos):
        reasons.append(f"its codigos are {codigos_text(route)}, and this is {codigo}")
    return "; ".join(reasons)


def _listed(topics: tuple[str, ...]) -> str:
    return ", ".join(topics)


def codigos_text(route: Route) -> str:
    """Return the codigos of a route as its table writes them; empty where it takes all."""
    return ", ".join(map(str, route.codigos))
