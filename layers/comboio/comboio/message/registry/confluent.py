"""A Confluent-compatible registry over HTTP (Confluent, "Schema Registry API Reference").

`GET /schemas/ids/{id}` has a schema and what it refers to, `GET /subjects/{subject}/versions/{version}` what is
referred to. With `?format=serialized` a schema of Protobuf comes compiled, as a FileDescriptorProto in base64;
registries that do not know the parameter give its text.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from comboio.message.registry.registry import Registered, RegistryUnavailableError
from comboio.message.registry.registry_api import RegistryApi

MOST_IMPORTS = 100
"""Schemas that one refers to, and those that they do; the rest is not asked for."""

MOST_IMPORTED = 4_000_000
"""Characters of them in all, after which no more are asked for: registries take a megabyte or less for a schema."""


class ConfluentRegistry:
    """One registry; `auth` is `user:password`, or empty."""

    def __init__(
        self, url: str, auth: str = "", *, compiled: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Note where it is; `compiled`: schemas are asked for as a program needs them, not as people write them."""
        self._api = RegistryApi(url, auth, clock)
        self._clock = clock
        self._query = "?format=serialized" if compiled else ""

    def schema(self, name: str, timeout_s: float) -> Registered | None:
        """See SchemaSource."""
        until = self._clock() + timeout_s
        found = self._api.get(f"/schemas/ids/{name}{self._query}", until)
        if found is None:
            return None
        imports: dict[str, str] = {}
        asked: set[str] = set()
        wanted = deque(_references(found))
        while wanted and len(asked) < MOST_IMPORTS and sum(map(len, imports.values())) < MOST_IMPORTED:
            imported, subject, version = wanted.popleft()
            if imported in asked:
                continue
            asked.add(imported)
            answer = self._api.get(version_path(subject, version) + self._query, until)
            if answer is not None:  # else whoever needs it says which one is missing
                imports[imported] = _text(answer)
                wanted.extend(_references(answer))
        return Registered(_text(found), imports)


def version_path(subject: str, version: int | str) -> str:
    """Return where a version of a subject stands."""
    return f"/subjects/{quote(subject, safe='')}/versions/{version}"


def _text(found: Any) -> str:
    text = found.get("schema") if isinstance(found, dict) else None
    if not isinstance(text, str):
        raise RegistryUnavailableError("The schema registry answered without a schema. Check its address.")
    return text


def _references(found: Any) -> list[tuple[str, str, int]]:
    """Return what a schema refers to: the name that it imports it by, the subject and the version."""
    given = found.get("references") if isinstance(found, dict) else None
    return [
        (each["name"], each["subject"], each["version"])
        for each in (given if isinstance(given, list) else ())
        if isinstance(each, dict)
        and type(each.get("name")) is type(each.get("subject")) is str
        and type(each.get("version")) is int
    ]
