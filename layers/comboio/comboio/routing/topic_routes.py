"""The routes of one topic by code: which come into question, and the one that asks for nothing more."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from comboio.message.content import Code
from comboio.routing.codigo_range import CodigoRange
from comboio.routing.first_of import FirstOf
from comboio.routing.route import Route

if TYPE_CHECKING:
    from comboio.routing.chooser import Choose

_CHOOSERS = 1024
"""Maximum sets of routes for which a chooser is kept: codes with the same routes share one."""


class TopicRoutes:
    """The routes of a topic, in the order of the table."""

    def __init__(self, routes: Sequence[Route], fallback: Route | None) -> None:
        self._routes = routes
        self._fallback = fallback
        plain = [(place, route) for place, route in enumerate(routes) if route.condition is None]
        self._asking = [(place, route) for place, route in enumerate(routes) if route.condition is not None]
        self._none = len(routes)
        self._any = next((place for place, route in plain if not route.codigos), self._none)
        self._texts: dict[str, int] = {}
        for place, route in plain:
            for code in route.codigos:
                if isinstance(code, str):
                    self._texts.setdefault(code, place)
        ranges = [(place, [each for each in route.codigos if isinstance(each, CodigoRange)]) for place, route in plain]
        self._numbers = FirstOf(
            [(numbers, place) for place, numbers in ranges if numbers or not routes[place].codigos], self._none
        )
        self._chooser = lru_cache(maxsize=_CHOOSERS)(self._make)

    def first(self, code: Code | None) -> Route | None:
        """Return the first route of a code that asks for nothing more; None stands for no message's route."""
        place = self._first(code)
        return self._fallback if place == self._none else self._routes[place]

    def choices(self, code: Code | None) -> "Choose | Route | None":
        """Return the only route that comes into question, or what chooses among several."""
        last = self._first(code)
        asking = tuple(place for place, route in self._asking if place < last and route.holds_code(code))
        return self._chooser(asking, last) if asking else self.first(code)

    def _first(self, code: Code | None) -> int:
        if isinstance(code, int):
            return self._numbers.at(code)
        return self._any if code is None else min(self._any, self._texts.get(code, self._none))

    def _make(self, asking: tuple[int, ...], last: int) -> "Choose":
        from comboio.routing.chooser import chooser  # where a table has conditions: a cold start pays

        fallback = self._fallback if last == self._none else self._routes[last]
        return chooser([self._routes[place] for place in asking], fallback)
