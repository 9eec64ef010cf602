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
        text: str | None = None
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
        if spec.envelope == "cloudevents":
            text = cloud_event(parcel, text)
        said = parcel.content
        result = copy(parcel)
        result.content = Content(said.code, said.event_id, text=text) if said else Content(None, "", text=text)
        return result

    return changed


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
    def change(fields: dict[str, Any]) -> dict[str, Any]:
        picked: dict[str, Any] = {}
        for path in paths:
            holder = _holder(fields, path)
            if holder is not None:
                _put(picked, path, holder[path[-1]])
        return picked

    return change


def _drop(paths: Sequence[tuple[str, ...]]) -> Change:
    def change(fields: dict[str, Any]) -> dict[str, Any]:
        for path in paths:
            if _holder(fields, path) is not None:
                fields = _copied(fields, path)
                holder = _holder(fields, path)
                if holder is not None:
                    del holder[path[-1]]
        return fields

    return change


def _mask(paths: Sequence[tuple[str, ...]], key: bytes) -> Change:
    def change(fields: dict[str, Any]) -> dict[str, Any]:
        for path in paths:
            if _holder(fields, path) is not None:
                fields = _copied(fields, path)
                holder = _holder(fields, path)
                if holder is not None and holder[path[-1]] is not None:
                    holder[path[-1]] = _masked(holder[path[-1]], key)
        return fields

    return change


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
