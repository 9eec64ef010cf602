"""Why a message takes its route, and what its destinations promise."""

from importlib import import_module
from typing import NamedTuple

from comboio.routing.table import Route, RoutingTable
from dispatcher.destinations import KINDS


class Step(NamedTuple):
    """A route that was asked, and what it said."""

    route: Route
    why: str


def explain(table: RoutingTable, topic: str, codigo: int) -> list[Step]:
    """The routes in the order in which they are asked, each with its answer; the last is the one that takes it."""
    steps: list[Step] = []
    for route in table.routes:
        if route.takes(topic, codigo):
            return [*steps, Step(route, f"takes it: {_matched(route)}.")]
        steps.append(Step(route, f"does not take it: {_missed(route, topic, codigo)}."))
    return [*steps, Step(table.fallback, "takes it: no other route did.")]


def guarantee(kind: str) -> str:
    """Return what a kind of destination promises."""
    module = import_module(f"dispatcher.destinations.{KINDS[kind].partition(':')[0]}")
    return str(module.GUARANTEE)


def _matched(route: Route) -> str:
    topics = f"its topics are {_listed(route.topics)}" if route.topics else "it is for all topics"
    codigos = f"its codigos are {_ranges(route)}" if route.codigos else "it is for all codigos"
    return f"{topics}, and {codigos}"


def _missed(route: Route, topic: str, codigo: int) -> str:
    reasons = []
    if route.topics and topic not in route.topics:
        reasons.append(f"its topics are {_listed(route.topics)}, and this is {topic}")
    if route.codigos and not any(codigos.holds(codigo) for codigos in route.codigos):
        reasons.append(f"its codigos are {_ranges(route)}, and this is {codigo}")
    return "; ".join(reasons)


def _listed(topics: tuple[str, ...]) -> str:
    return ", ".join(topics)


def _ranges(route: Route) -> str:
    return ", ".join(map(str, route.codigos))
