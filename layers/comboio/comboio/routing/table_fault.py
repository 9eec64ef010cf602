"""A fault of a table in one line: its place, what is wrong there, and what would be right."""

from collections.abc import Collection, Mapping
from typing import Any

from comboio.contract.name import is_name
from comboio.message.contract import MessageContract
from comboio.routing.route import Policy, Route
from comboio.section_fault import said

_NAME = "a name begins with a lower-case letter, has only those, digits, - and _, and at most 48 characters"

_LONGEST = 60
"""Characters of a part of a place."""


def fault_line(fault: Mapping[str, Any], given: Mapping[str, Any], options: Collection[str]) -> str:
    """Return the line of a fault, as pydantic has it, of the table that was `given`; `options` are the table's own."""
    where = [str(part) for part in fault["loc"]]
    if where[:1] == ["routes"] and len(where) > 1:
        where[1] = _name_of(given["routes"], int(where[1])) or where[1]
    place = ".".join(_shown(part) for part in where if part != "[key]") or "table"
    return f"routes.toml, {place}: {said(fault, _options(where[:-1], options), _NAME)}"


def _name_of(routes: Any, place: int) -> str:
    """Return what a route is called; empty where it has no name that may be shown."""
    name = routes[place].get("name") if isinstance(routes, list) and isinstance(routes[place], dict) else None
    return name if isinstance(name, str) and is_name(name) else ""


def _shown(part: str) -> str:
    """Return a part of a place as it may stand in a line: whoever writes a table names sections as he likes."""
    if part.isprintable() and 0 < len(part) <= _LONGEST and ":" not in part:
        return part
    return repr(part)[:_LONGEST].replace(":", r"\x3a")  # a colon ends the place


def _options(section: list[str], of_the_table: Collection[str]) -> Collection[str]:
    match section:
        case ["message"] | ["topics", _, "message"]:
            return MessageContract.model_fields
        case ["topics", _]:
            return ("message",)
        case ["routes", _]:
            return Route.model_fields
        case ["default"]:
            return Policy.model_fields
    return of_the_table
