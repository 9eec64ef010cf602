"""Where a field stands in a record: `codigo`, `value.position.speed`, `header.tenant`, `key`."""

from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple, Self

from comboio.contract.record import Record

Read = Callable[[Record, Any], Any]
"""Returns a field of a record and its decoded payload; MISSING if it is not there."""


class Missing(Enum):
    """The value of a field that is not there, which is another thing than null."""

    MISSING = "missing"


MISSING = Missing.MISSING


class Place(Enum):
    """The part of a record that a field stands in."""

    VALUE = "value"
    HEADER = "header"
    KEY = "key"


class FieldPath(NamedTuple):
    """The place of a field, and the names that lead to it."""

    place: Place
    names: tuple[str, ...]

    @classmethod
    def parse(cls, written: object) -> Self:
        """Read a path. What begins with none of the places is in the payload.

        Raises:
            ValueError: it is no path; the text says what would be one.
        """
        if not isinstance(written, str) or not written or len(written) > 512:
            shown = repr(written)[:100]
            raise ValueError(
                f"{shown} is not a field. Write a path into the payload (`data.type`), `header.NAME`, `key`"
            )
        if written == "key":
            return cls(Place.KEY, ())
        place, dot, rest = written.partition(".")
        if place == "header":
            if not rest:
                raise ValueError("`header` needs the name of a header: `header.NAME`")
            return cls(Place.HEADER, (rest,))
        names = tuple((rest if place == "value" and dot else written).split("."))
        if not all(names) or written == "value":
            raise ValueError(f"{written!r} has an empty name. Write a path into the payload such as `data.type`")
        if any("[" in name or name.isdigit() for name in names):
            raise ValueError(
                f"{written!r} leads into an array by a number. Name the array itself: a pattern asks all its elements"
            )
        return cls(Place.VALUE, names)

    @property
    def textual(self) -> bool:
        """Return whether its values are always text, as those of headers and keys are."""
        return self.place is not Place.VALUE

    def reader(self) -> Read:
        """Return what reads the field."""
        if self.place is Place.KEY:
            return _read_key
        if self.place is Place.HEADER:
            return _header_reader(self.names[0])
        if len(self.names) == 1:
            return _top_reader(self.names[0])
        return _nested_reader(self.names)

    def reader_of_all(self) -> Read:
        """Return what reads the field, and of an array on the way to it the fields of all its objects."""
        return _spreading_reader(self.names) if self.place is Place.VALUE else self.reader()

    def __str__(self) -> str:
        """Return it as a table writes it."""
        if self.place is Place.KEY:
            return "key"
        return ".".join((self.place.value, *self.names))


def _read_key(record: Record, _document: Any) -> Any:
    if record.key is None:
        return MISSING
    try:
        return record.key.decode()
    except ValueError:
        return MISSING


def _header_reader(name: str) -> Read:
    def read(record: Record, _document: Any) -> Any:
        text = record.header(name)
        return MISSING if text is None else text

    return read


def _top_reader(name: str) -> Read:
    def read(_record: Record, document: Any) -> Any:
        return document.get(name, MISSING) if type(document) is dict else MISSING

    return read


def _nested_reader(names: tuple[str, ...]) -> Read:
    def read(_record: Record, document: Any) -> Any:
        for name in names:
            if type(document) is not dict:
                return MISSING
            document = document.get(name, MISSING)
        return document

    return read


def _spreading_reader(names: tuple[str, ...]) -> Read:
    if len(names) == 1:
        (only,) = names
        return lambda _record, document: (
            document.get(only, MISSING) if type(document) is dict else _spread(document, names)
        )

    def read(_record: Record, document: Any) -> Any:
        for place, name in enumerate(names):
            if type(document) is not dict:
                return _spread(document, names[place:])
            document = document.get(name, MISSING)
        return document

    return read


def _spread(found: Any, names: tuple[str, ...]) -> Any:
    """Return what the objects of an array, and of the arrays in it, have at the end of a path; MISSING if nothing."""
    if type(found) is not list:
        return MISSING
    for name in names:
        inside: list[Any] = []
        wanted = [found]
        while wanted:
            for each in wanted.pop():
                if type(each) is list:
                    wanted.append(each)
                elif type(each) is dict and name in each:
                    inside.append(each[name])
        found = inside
    return found or MISSING
