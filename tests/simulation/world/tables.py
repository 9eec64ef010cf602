"""The routing tables of a simulated world."""

from functools import cache

from comboio.routing.router import Router
from comboio.routing.table import RoutingTable, load

TABLE = """
version = 1
[destinations.a]
type = "fake"
[destinations.b]
type = "fake"
[[routes]]
name = "ordered"
codigos = [300]
to = ["a", "b"]
ordering = "key"
max_attempts = 4
when_down = "{when_down}"
[[routes]]
name = "ordered-packed"
codigos = [301]
to = ["a"]
ordering = "key"
pack = 3
max_attempts = 4
when_down = "{when_down}"
[[routes]]
name = "loose"
codigos = [302]
to = ["b"]
pack = 2
max_attempts = 3
when_down = "{when_down}"
[[routes]]
name = "claimed"
codigos = [303]
to = ["a", "b"]
idempotency = "event"
max_attempts = 3
when_down = "{when_down}"
[default]
to = ["dead_letter"]
"""
TO = {300: ("a", "b"), 301: ("a",), 302: ("b",), 303: ("a", "b"), 999: ()}
ORDERED = (300, 301)
CLAIMED = 303


@cache
def table_of(when_down: str, text: str | None = None) -> RoutingTable:
    """Return a table, made once: to validate one takes longer than to play a short history."""
    return load((text or TABLE).replace("{when_down}", when_down), {})


_routers: dict[int, Router] = {}


def router_of(table: RoutingTable) -> Router:
    """Return the router of a table, made once."""
    if id(table) not in _routers:
        _routers[id(table)] = Router(table)  # which keeps the table, and so its id
    return _routers[id(table)]
