"""Chooses among the routes of a topic and code by what else they ask of a message."""

from collections.abc import Callable, Sequence
from typing import Any

from comboio.contract.record import Record
from comboio.message.field_path import FieldPath, Read
from comboio.routing.condition import Condition
from comboio.routing.pattern import Holds
from comboio.routing.route import Route

Choose = Callable[[Record, Any], Route | None]
"""Returns the route of a record and its decoded payload, among those of its topic and code."""

UNREAD = object()
"""Stands for a field that nobody has asked for yet: each is read once a message, however many routes ask for it."""


def chooser(routes: Sequence[Route], fallback: Route | None) -> Choose:
    """Return what tries the routes in order. Those that name the texts of a field are found by what stands in it."""
    open_places: list[int] = []
    by_text: dict[int, dict[str, list[int]]] = {}
    reads: dict[FieldPath, Read] = {}
    asked: list[list[tuple[int, Holds, Holds]]] = []
    for place, route in enumerate(routes):
        condition = route.condition or Condition({})
        for each in condition.requirements:
            reads.setdefault(each.path, each.read)
        fields = list(reads)
        patterns = [(fields.index(each.path), each.pattern) for each in condition.requirements]
        asked.append([(field, pattern.holds_one, pattern.holds) for field, pattern in patterns])
        anchor = condition.anchor
        if anchor is None or anchor.pattern.literals is None:
            open_places.append(place)
            continue
        texts = by_text.setdefault(fields.index(anchor.path), {})
        for text in anchor.pattern.literals:
            texts.setdefault(text, []).append(place)
    readers = list(reads.values())

    def choose(record: Record, document: Any) -> Route | None:
        places = open_places
        values: list[Any] = [UNREAD] * len(readers)
        for field, texts in by_text.items():
            value = values[field] = readers[field](record, document)
            for each in value if type(value) is list else (value,):
                places = [*places, *texts.get(each, ())] if type(each) is str else places
        if places is not open_places:
            places = sorted(set(places))
        for place in places:
            for field, holds_one, holds in asked[place]:
                value = values[field]
                if value is UNREAD:
                    value = values[field] = readers[field](record, document)
                if not (holds(value) if type(value) is list else holds_one(value)):
                    break
            else:
                return routes[place]
        return fallback

    return choose
