"""What a route asks of a message beside its topic and its code: `when`."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from comboio.contract.record import Record
from comboio.message.field_path import FieldPath, Place, Read
from comboio.routing.patterns.pattern import Pattern, parse


class Requirement(NamedTuple):
    """One field and what it must be."""

    path: FieldPath
    read: Read
    pattern: Pattern


class Condition:
    """All that a route asks of a message: each requirement must hold."""

    def __init__(self, written: Mapping[str, Any]) -> None:
        """Read the fields and their patterns.

        Raises:
            ValueError: one is wrong; the text begins with the field.
        """
        self.requirements: tuple[Requirement, ...] = tuple(
            _requirement(field, pattern) for field, pattern in written.items()
        )

    def missed(self, record: Record, document: Any) -> list[Requirement]:
        """Return what a message does not meet."""
        return [each for each in self.requirements if not each.pattern.holds(each.read(record, document))]

    @property
    def looks_inside(self) -> bool:
        """Return whether it asks for anything in the payload."""
        return any(each.path.place is Place.VALUE for each in self.requirements)

    @property
    def anchor(self) -> Requirement | None:
        """Return the requirement by whose field's value its route can be looked up: whole texts before others."""
        found = [each for each in self.requirements if each.pattern.lookup is not None]
        exact = [each for each in found if each.pattern.lookup is not None and each.pattern.lookup.exact]
        return next(iter((*exact, *found)), None)


def _requirement(field: str, written: Any) -> Requirement:
    if field in ("value", "header") and isinstance(written, dict):
        raise ValueError(f'write the whole field in quotes: `"{field}.{next(iter(written), "name")}" = ...`')
    if field.startswith("$"):
        raise ValueError(f"{field}: all of `when` must hold, and there is no `$or`. Write a route for each choice")
    try:
        path = FieldPath.parse(field)
        return Requirement(path, path.reader_of_all(), parse(written, textual=path.textual))
    except ValueError as error:
        raise ValueError(f"{field or repr(field)}: {error}"[:500]) from None
