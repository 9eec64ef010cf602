"""Changes of a payload on its way to one destination, in the table's words: pick, drop, rename, mask, envelope.

Where none is asked for, the payload's bytes go through untouched.
"""

import hmac
import json
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from typing import Any

from comboio.message.content import Content
from comboio.message.field_path import FieldPath, Place
from comboio.routing.destination_spec import DestinationSpec
from dispatcher.destinations.payload.cloud_event import cloud_event
from dispatcher.destinations.payload.shape_check import check_together
from dispatcher.destinations.payload.text import UnsendableError, document
from dispatcher.parcel import Parcel

_MASK_DIGITS = 32
"""Hexadecimal digits of a masked value: 128 bits of an HMAC-SHA-256, so that two values never look alike."""

Change = Callable[[dict[str, Any]], dict[str, Any]]
"""Returns a changed payload; what it was given stays as it is."""

Wanted = dict[str, Any]
"""Names that are picked, each with what is picked of it by name: nothing stands for all."""

Reshape = Callable[[Parcel], Parcel]
"""Returns a parcel whose message is changed, for one destination; raises UnsendableError where that cannot be."""


def shape(spec: DestinationSpec) -> Reshape:
    """Return what changes the messages of a destination as its section of the table says.

    Raises:
        ValueError: the section is wrong.
    """
    pick, drop, mask = _paths("pick", spec.pick), _paths("drop", spec.drop), _paths("mask", spec.mask)
    rename = [*zip(_paths("rename", spec.rename), _paths("rename", spec.rename.values()), strict=True)]
    if mask and not spec.mask_key:
        raise ValueError("mask: it needs a `mask_key`, or whoever sees a masked value can guess the value")
    check_together(pick, drop, mask, rename)
    changes: list[Change] = []
    if pick:
        changes.append(_pick(pick))
    if drop:
        changes.append(_drop(drop))
    if mask:
        changes.append(_mask(mask, spec.mask_key.encode()))
    if rename:
        changes.append(_rename(rename))

    def changed(parcel: Parcel) -> Parcel:
        if parcel.record.value is None:
            return parcel  # a tombstone has nothing to change
        said = parcel.content
        text: str | None = None
        names_entity = True
        if changes:
            fields = document(parcel)
            if not isinstance(fields, dict):
                raise UnsendableError("the payload is not a JSON object, so its fields cannot be changed")
            for change in changes:
                fields = change(fields)
            try:
                text = json.dumps(fields, separators=(",", ":"), allow_nan=False)
            except ValueError:
                raise UnsendableError("the payload has a number too large to be written again") from None
            names_entity = said is not None and said.entity is not None and _says(fields, said.entity)
        if spec.envelope == "cloudevents":
            text = cloud_event(parcel, text, names_entity=names_entity)
        result = copy(parcel)
        result.content = Content(said.code, said.event_id, text=text) if said else Content(None, "", text=text)
        return result

    return changed


def _says(value: Any, text: str) -> bool:
    """Return whether a text stands anywhere in a payload as a value."""
    if isinstance(value, dict):
        return any(_says(each, text) for each in value.values())
    if isinstance(value, list):
        return any(_says(each, text) for each in value)
    return str(value) == text


def _paths(option: str, written: Iterable[str]) -> list[tuple[str, ...]]:
    paths = []
    for each in written:
        try:
            path = FieldPath.parse(each)
        except ValueError as error:
            raise ValueError(f"{option}: {error}") from None
        if path.place is not Place.VALUE:
            raise ValueError(
                f"{option}: {each!r} is not in the payload. Name a field of the payload, such as `data.driver`"
            )
        paths.append(path.names)
    return paths


def _pick(paths: Sequence[tuple[str, ...]]) -> Change:
    wanted: Wanted = {}
    for path in paths:
        inner = wanted
        if any(path != other and path[: len(other)] == other for other in paths):
            continue  # it stands in a field that is picked whole
        for name in path:
            inner = inner.setdefault(name, {})
    return lambda fields: _picked(fields, wanted) or {}


def _picked(value: Any, wanted: Wanted) -> Any:
    """Return of a value what is wanted of it: all, where nothing in it is named; of an array, that of each object."""
    if not wanted:
        return value
    if isinstance(value, list):
        return [found for each in value if (found := _picked(each, wanted))]
    if not isinstance(value, dict):
        return None
    found = {name: _picked(value[name], inner) for name, inner in wanted.items() if name in value}
    return {name: each for name, each in found.items() if each or not wanted[name]}


def _drop(paths: Sequence[tuple[str, ...]]) -> Change:
    def gone(holder: dict[str, Any], name: str) -> None:
        del holder[name]

    return _at_each(paths, gone)


def _mask(paths: Sequence[tuple[str, ...]], key: bytes) -> Change:
    def masked(holder: dict[str, Any], name: str) -> None:
        if holder[name] is not None:
            holder[name] = _masked(holder[name], key)

    return _at_each(paths, masked)


def _at_each(paths: Sequence[tuple[str, ...]], change: Callable[[dict[str, Any], str], None]) -> Change:
    """Return what makes a change wherever the paths lead."""

    def changed(fields: dict[str, Any]) -> dict[str, Any]:
        for path in paths:
            fields = _changed(fields, path, change)
        return fields

    return changed


def _changed(value: Any, path: tuple[str, ...], change: Callable[[dict[str, Any], str], None]) -> Any:
    """Return a value with the field at the end of a path changed; an array on the way leads to all its objects."""
    if isinstance(value, list):
        return [_changed(each, path, change) for each in value]
    if not isinstance(value, dict) or path[0] not in value:
        return value
    value = dict(value)
    if len(path) == 1:
        change(value, path[0])
    else:
        value[path[0]] = _changed(value[path[0]], path[1:], change)
    return value


def _rename(pairs: Sequence[tuple[tuple[str, ...], tuple[str, ...]]]) -> Change:
    def change(fields: dict[str, Any]) -> dict[str, Any]:
        found = [(old, new, holder[old[-1]]) for old, new in pairs if (holder := _holder(fields, old)) is not None]
        fields = _drop([old for old, _, _ in found])(fields)
        for _, new, value in found:
            fields = _copied(fields, new)
            _put(fields, new, value)
        return fields

    return change


def _masked(value: Any, key: bytes) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hmac.digest(key, text.encode("utf-8", "surrogatepass"), "sha256").hex()[:_MASK_DIGITS]


def _holder(fields: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any] | None:
    """Return the object that holds the field at the end of a path; None if there is no such field."""
    holder: Any = fields
    for name in path[:-1]:
        holder = holder.get(name) if isinstance(holder, dict) else None
    return holder if isinstance(holder, dict) and path[-1] in holder else None


def _copied(fields: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """Return the payload with the objects on a path copied, so that a change is seen by nobody else."""
    fields = dict(fields)
    inner = fields
    for name in path[:-1]:
        if not isinstance(inner.get(name), dict):
            break
        inner[name] = dict(inner[name])
        inner = inner[name]
    return fields


def _put(fields: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Set a field; what stands in the way of its path gives way."""
    for name in path[:-1]:
        if not isinstance(fields.get(name), dict):
            fields[name] = {}
        fields = fields[name]
    fields[path[-1]] = value
