"""Routes that get no message, because one before them takes all that they could."""

from collections.abc import Sequence
from typing import NamedTuple

from comboio.routing.codigo_range import CodigoRange
from comboio.routing.route import Route


class Shadowed(NamedTuple):
    """A route, and the one before it that leaves it nothing."""

    route: Route
    by: Route


def shadowed(routes: Sequence[Route]) -> list[Shadowed]:
    """Return the routes that one route before them covers; what several do together is not looked for."""
    found = []
    for place, route in enumerate(routes):
        by = next((before for before in routes[:place] if _covers(before, route)), None)
        if by is not None:
            found.append(Shadowed(route, by))
    return found


def _covers(before: Route, route: Route) -> bool:
    return (
        before.condition is None
        and before.value == route.value
        and (not before.topics or (bool(route.topics) and set(route.topics) <= set(before.topics)))
        and (not before.codigos or (bool(route.codigos) and all(_has(before, code) for code in route.codigos)))
    )


def _has(route: Route, code: CodigoRange | str) -> bool:
    """Return whether a code of another route, or a range of them, is within one of a route's."""
    if isinstance(code, str):
        return code in route.codigos
    return any(
        isinstance(each, CodigoRange) and each.low <= code.low and code.high <= each.high for each in route.codigos
    )
