"""What JSON says, as the values that fastavro writes: the inverse of what the dispatcher makes of Avro.

Bytes are base64 (of either alphabet), times ISO 8601, decimals texts or numbers. A number where a time is wanted counts
what the schema counts.
"""

from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

Convert = Callable[[Any], Any]
"""Converts a value of JSON; raises WrongValueError."""

PLAIN: Mapping[str, tuple[type, ...]] = MappingProxyType(
    {
        "boolean": (bool,),
        "int": (int,),
        "long": (int,),
        "float": (int, float),
        "double": (int, float),
        "string": (str,),
        "enum": (str,),
        "array": (list,),
        "map": (dict,),
    }
)
"""What a type of Avro is in JSON, where JSON has it."""

WRITTEN = (str, int, float)
"""What JSON writes the others as: bytes, times and decimals."""


class WrongValueError(ValueError):
    """A value cannot be what its schema says."""

    def __init__(self, field: str, what: str) -> None:
        """Note the path of the field, and what it should be."""
        super().__init__(what)
        self.field = field
        self.what = what


def converter(schema: Any) -> Convert | None:
    """Return what converts documents of a parsed schema; None if they can be written as they are."""
    return _Types().converter(schema)


class _Types:
    """The converters of one schema, by the names of its types: a record may have itself within it."""

    def __init__(self) -> None:
        self._named: dict[str, Convert | None] = {}
        self._schemas: dict[str, Any] = {}

    def converter(self, schema: Any) -> Convert | None:
        if isinstance(schema, list):
            return self._union(schema)
        if isinstance(schema, str):
            return _bytes if schema == "bytes" else self._named.get(schema)
        name = schema.get("name")
        if name:
            self._schemas[name] = schema
        found = self._of(schema)
        if name:
            self._named[name] = found
        return found

    def _of(self, schema: Any) -> Convert | None:
        kind = schema["type"]
        if logical := _LOGICAL.get((kind, schema.get("logicalType", ""))):
            return logical
        if kind in ("record", "error"):
            return self._record(schema)
        if kind in ("array", "map"):
            return _each(self.converter(schema["items" if kind == "array" else "values"]))
        return _bytes if kind in ("fixed", "bytes") else None

    def _record(self, schema: Any) -> Convert | None:
        fields: dict[str, Convert] = {}

        def convert(found: Any) -> Any:
            if not isinstance(found, dict):
                return found
            return {
                name: _within(name, fields[name], value) if name in fields else value for name, value in found.items()
            }

        self._named[schema["name"]] = convert  # for a field that has this record within it
        fields.update(
            (field["name"], inner) for field in schema["fields"] if (inner := self.converter(field["type"])) is not None
        )
        return convert if fields else None

    def _union(self, branches: list[Any]) -> Convert | None:
        """Return what converts by the first branch that a value fits; by the only one, whether it fits or not."""
        converters = [(branch, self.converter(branch)) for branch in branches if branch != "null"]
        if not any(inner for _, inner in converters):
            return None
        if len(converters) == 1:
            (_, only) = converters[0]
            return lambda found: found if found is None or only is None else only(found)

        def convert(found: Any) -> Any:
            for branch, inner in converters:
                try:
                    made = found if inner is None else inner(found)
                except WrongValueError:
                    continue
                if self._fits(branch, found, made):
                    return made
            return found

        return convert

    def _fits(self, branch: Any, found: Any, made: Any) -> bool:
        """Return whether a value of JSON, and what was made of it, may be meant by a branch."""
        schema = self._schemas.get(branch, branch) if isinstance(branch, str) else branch
        kind = schema if isinstance(schema, str) else schema["type"]
        if kind in ("record", "error"):
            names = {field["name"] for field in schema["fields"]}
            needed = {field["name"] for field in schema["fields"] if "default" not in field}
            return isinstance(found, dict) and needed <= found.keys() <= names
        return type(found) in PLAIN.get(kind, ()) or (made is not found and type(found) in WRITTEN)


def _within(name: str, inner: Convert, found: Any) -> Any:
    try:
        return inner(found)
    except WrongValueError as error:
        raise WrongValueError(f"{name}.{error.field}".rstrip("."), error.what) from None


def _each(inner: Convert | None) -> Convert | None:
    if inner is None:
        return None

    def convert(found: Any) -> Any:
        if isinstance(found, dict):
            return {key: _within("*", inner, value) for key, value in found.items()}
        return [inner(value) for value in found] if isinstance(found, list) else found

    return convert


def _text(read: Callable[[str], Any], what: str) -> Convert:
    """Return what reads a text; anything else goes as it is, for the schema to judge."""

    def convert(found: Any) -> Any:
        if not isinstance(found, str):
            return found
        try:
            return read(found)
        except (ValueError, ArithmeticError):
            raise WrongValueError("", f"it is not {what}") from None

    return convert


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(text)  # fastavro would take it for this machine's own time
    return found


def _local(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is not None:
        raise ValueError(text)
    return found


def _decimal(found: Any) -> Any:
    if type(found) not in (int, float, str):
        return found
    try:
        return Decimal(str(found))
    except ArithmeticError:
        raise WrongValueError("", "it is not a decimal number") from None


_bytes = _text(lambda text: b64decode(text.replace("-", "+").replace("_", "/"), validate=True), "base64")
_at = _text(_moment, "time in ISO 8601 with its zone")
_at_local = _text(_local, "time in ISO 8601 without a zone")
_of_day = _text(time.fromisoformat, "time of a day in ISO 8601")

_LOGICAL: Mapping[tuple[str, str], Convert] = MappingProxyType(
    {
        ("long", "timestamp-millis"): _at,
        ("long", "timestamp-micros"): _at,
        ("long", "local-timestamp-millis"): _at_local,
        ("long", "local-timestamp-micros"): _at_local,
        ("int", "date"): _text(date.fromisoformat, "date in ISO 8601"),
        ("int", "time-millis"): _of_day,
        ("long", "time-micros"): _of_day,
        ("bytes", "decimal"): _decimal,
        ("fixed", "decimal"): _decimal,
        ("string", "uuid"): _text(UUID, "UUID"),
    }
)
"""By Avro's names of the type and of what it stands for."""
