"""Explains why a message takes its route, and what its destinations guarantee."""

from importlib import import_module
from typing import NamedTuple

from comboio.contract.record import Record
from comboio.message.content import Content
from comboio.message.field_path import MISSING
from comboio.routing.condition import Requirement
from comboio.routing.route import Route
from comboio.routing.router import Router
from comboio.routing.table import RoutingTable
from dispatcher.destinations import KINDS


class RouteStep(NamedTuple):
    """A route that was tried, and whether it takes the message, with the reason; None: a tombstone that none takes."""

    route: Route | None
    why: str


def explain(table: RoutingTable, record: Record, content: Content) -> list[RouteStep]:
    """Return the routes in the order in which they are tried, each with the reason; the last one takes the message."""
    taken = Router(table).find(record, content)
    steps: list[RouteStep] = []
    for route in table.routes:
        if route is taken:
            return [*steps, RouteStep(route, f"takes it: {_matched(route)}.")]
        steps.append(RouteStep(route, f"does not take it: {_missed(route, record, content)}."))
    if taken is None:
        return [*steps, RouteStep(None, "no route takes tombstones.")]
    return [*steps, RouteStep(taken, "takes it: no other route did.")]


def guarantee(kind: str) -> str:
    """Return what a kind of destination guarantees."""
    module = import_module(f"dispatcher.destinations.{KINDS[kind].partition(':')[0]}")
    return str(module.GUARANTEE)


def _matched(route: Route) -> str:
    topics = f"its topics are {_listed(route.topics)}" if route.topics else "it is for all topics"
    codigos = f"its codigos are {codigos_text(route)}" if route.codigos else "it is for all codigos"
    asked = [f"{each.path} is as {each.pattern.written} asks" for each in _requirements(route)]
    return ", and ".join([topics, codigos, *asked])


def _missed(route: Route, record: Record, content: Content) -> str:
    reasons = []
    if route.topics and record.topic not in route.topics:
        reasons.append(f"its topics are {_listed(route.topics)}, and this is {record.topic}")
    if (route.value == "tombstone") != (record.value is None):
        reasons.append("it is for tombstones" if route.value == "tombstone" else "it is not for tombstones")
    if route.codigos and not route.holds_code(content.code):
        found = "has none" if content.code is None else f"is {content.code}"
        reasons.append(f"its codigos are {codigos_text(route)}, and this {found}")
    if route.condition is not None:
        for each in route.condition.missed(record, content.document):
            value = each.read(record, content.document)
            found = "it is not there" if value is MISSING else f"it is {value!r:.60}"
            reasons.append(f"{each.path} must be {each.pattern.written}, and {found}")
    return "; ".join(reasons)


def _requirements(route: Route) -> list[Requirement]:
    return list(route.condition.requirements) if route.condition is not None else []


def _listed(topics: tuple[str, ...]) -> str:
    return ", ".join(topics)


def codigos_text(route: Route) -> str:
    """Return the codigos of a route as its table writes them; empty where it takes all."""
    return ", ".join(map(str, route.codigos))


def conditions_text(route: Route) -> str:
    """Return what a route asks beside topic and code; empty where nothing."""
    asked = ["tombstones"] if route.value == "tombstone" else []
    return ", ".join([*asked, *(f"{each.path} = {each.pattern.written}" for each in _requirements(route))])
