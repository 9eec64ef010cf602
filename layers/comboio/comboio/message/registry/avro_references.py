"""Makes one Avro schema of a schema and those that it refers to: each type stands where it is mentioned first.

A registry gives a schema and its references apart (Confluent, "Schema references"). What reads and writes by a schema
wants the types before they are named, and does not find them for a union or an array of other schemas' types.
"""

import json
from collections.abc import Mapping
from typing import Any

from comboio.message.registry.registry import Registered

_PRIMITIVES = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})
NAMED = frozenset({"record", "error", "enum", "fixed"})

DEEPEST = 200
"""Levels of types within types: no schema of people has as many, and what reads in C goes a level down for each."""


def whole(registered: Registered) -> Any:
    """Return the schema as JSON has it, with all that it refers to within it.

    Raises:
        ValueError: it is not JSON, or nested too deeply.
    """
    schema = json.loads(registered.text)
    if not registered.imports:
        return schema
    defined: dict[str, tuple[Any, str]] = {}
    for text in registered.imports.values():
        _collect(json.loads(text), "", defined, 0)
    return _Writer(defined).written(schema, "", 0)


class _Writer:
    """Writes types with whole names, and each at its first mention."""

    def __init__(self, defined: Mapping[str, tuple[Any, str]]) -> None:
        self._defined = defined
        self._there: set[str] = set()

    def written(self, schema: Any, namespace: str, depth: int) -> Any:
        """Return a part of a schema; `namespace` is that of what it stands in."""
        _check_depth(depth)
        if isinstance(schema, list):
            return [self.written(each, namespace, depth + 1) for each in schema]
        if isinstance(schema, str):
            return self._mentioned(schema, namespace, depth)
        if not isinstance(schema, dict):
            return schema
        kind = schema.get("type")
        if isinstance(kind, str) and kind in NAMED:
            return self._named(schema, namespace, depth)
        if not isinstance(kind, str) or kind not in _PRIMITIVES | {"array", "map"}:
            return self.written(kind, namespace, depth + 1)  # a type within a type, which means the inner one
        parts = {part: schema[part] for part in ("items", "values") if part in schema}
        return {**schema, **{part: self.written(inner, namespace, depth + 1) for part, inner in parts.items()}}

    def _mentioned(self, name: str, namespace: str, depth: int) -> Any:
        if name in _PRIMITIVES:
            return name
        full = _full(name, namespace)
        if full in self._there or full not in self._defined:
            return full
        definition, around = self._defined[full]
        return self._named(definition, around, depth + 1)

    def _named(self, schema: dict[str, Any], namespace: str, depth: int) -> Any:
        full, inside = _name(schema, namespace)
        if full in self._there:  # another schema has it within it, and it was mentioned before
            return full
        self._there.add(full)
        found = {**schema, "name": full}
        found.pop("namespace", None)
        fields = schema.get("fields")
        if isinstance(fields, list):
            found["fields"] = [
                {**each, "type": self.written(each.get("type"), inside, depth + 1)} if isinstance(each, dict) else each
                for each in fields
            ]
        return found


def _collect(schema: Any, namespace: str, defined: dict[str, tuple[Any, str]], depth: int) -> None:
    """Note each named type of a schema, and the namespace that it stands in."""
    _check_depth(depth)
    if isinstance(schema, list):
        for each in schema:
            _collect(each, namespace, defined, depth + 1)
    if not isinstance(schema, dict):
        return
    kind = schema.get("type")
    if isinstance(kind, str) and kind in NAMED:
        full, inside = _name(schema, namespace)
        defined.setdefault(full, (schema, namespace))
        namespace = inside
    for each in (kind, schema.get("items"), schema.get("values")):
        _collect(each, namespace, defined, depth + 1)
    fields = schema.get("fields")
    for each in fields if isinstance(fields, list) else ():
        _collect(each.get("type") if isinstance(each, dict) else None, namespace, defined, depth + 1)


def _name(schema: Mapping[str, Any], namespace: str) -> tuple[str, str]:
    """Return the whole name of a named type, and the namespace of what stands in it (Avro 1.12, "Names")."""
    name, own = str(schema.get("name")), schema.get("namespace")
    full = _full(name, own if isinstance(own, str) else namespace)
    return full, full.rpartition(".")[0]


def _full(name: str, namespace: str) -> str:
    return name if "." in name or not namespace else f"{namespace}.{name}"


def _check_depth(depth: int) -> None:
    if depth > DEEPEST:
        raise ValueError(f"types are nested in more than {DEEPEST} levels")
