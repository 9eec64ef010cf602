"""Chooses among the routes of a topic and code by what else they ask of a message."""

from collections.abc import Callable, Sequence
from typing import Any

from comboio.contract.record import Record
from comboio.message.field_path import FieldPath, Read
from comboio.routing.condition import Condition
from comboio.routing.patterns.lookup import Lookup, index
from comboio.routing.patterns.pattern import elements_of
from comboio.routing.patterns.text_operator import Holds
from comboio.routing.route import Route

Choose = Callable[[Record, Any], Route | None]
"""Returns the route of a record and its decoded payload, among those of its topic and code."""

_UNREAD = object()
"""Stands for a field that nobody has asked for yet: each is read once a message, however many routes ask for it."""

Question = tuple[int, Holds, Holds, int]
"""A field, whether a value or one of its elements is as a pattern says, and the places of the routes that ask so."""


def chooser(routes: Sequence[Route], fallback: Route | None) -> Choose:
    """Return what tries the routes in order.

    Routes stand for the bits of a number, the first of the table for bit 0. Those that can be looked up by what stands
    in a field come into question only then; and a route that does not fit takes along all that ask the same of the
    same field. So a message is asked few questions, however many routes there are.
    """
    always = 0
    looked_up: dict[int, list[tuple[int, Lookup]]] = {}
    reads: dict[FieldPath, Read] = {}
    asking: dict[tuple[FieldPath, str], int] = {}
    conditions = [route.condition or Condition({}) for route in routes]
    for place, condition in enumerate(conditions):
        for path, read, pattern in condition.requirements:
            reads.setdefault(path, read)
            question = (path, pattern.whole)
            asking[question] = asking.get(question, 0) | 1 << place
        anchor = condition.anchor
        if anchor is None or anchor.pattern.lookup is None:
            always |= 1 << place
        else:
            looked_up.setdefault(list(reads).index(anchor.path), []).append((place, anchor.pattern.lookup))
    fields, readers = list(reads), list(reads.values())
    indexes = [(field, index(lookups, textual=fields[field].textual)) for field, lookups in looked_up.items()]
    questions: list[list[Question]] = [
        [
            (fields.index(path), pattern.holds_one, pattern.holds, ~asking[path, pattern.whole])
            for path, _, pattern in condition.requirements
        ]
        for condition in conditions
    ]

    def choose(record: Record, document: Any) -> Route | None:
        places = always
        values: list[Any] = [_UNREAD] * len(readers)
        for field, find in indexes:
            value = values[field] = readers[field](record, document)
            if type(value) is list:
                for each in elements_of(value):
                    places |= find(each)
            else:
                places |= find(value)
        while places:
            place = (places & -places).bit_length() - 1
            for field, holds_one, holds, others in questions[place]:
                value = values[field]
                if value is _UNREAD:
                    value = values[field] = readers[field](record, document)
                if not (holds(value) if type(value) is list else holds_one(value)):
                    places &= others
                    break
            else:
                return routes[place]
        return fallback

    return choose
