"""A Confluent-compatible registry over HTTP (Confluent, "Schema Registry API Reference").

`GET /schemas/ids/{id}` has a schema and what it refers to, `GET /subjects/{subject}/versions/{version}` what is
referred to. With `?format=serialized` a schema of Protobuf comes compiled, as a FileDescriptorProto in base64;
registries that do not know the parameter give its text.
"""

import base64
import json
from collections import deque
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import HTTPRedirectHandler, Request, build_opener

from comboio.message.registry.registry import Registered, RegistryUnavailableError

TIMEOUT_S = 3.0
"""Seconds for which the registry may say nothing. It is asked once for each schema."""

MOST_IMPORTS = 100
"""Schemas that one refers to, and those that they do; the rest is not asked for."""

MOST_BYTES = 4 * 1024 * 1024
"""Of an answer."""


class _NoRedirects(HTTPRedirectHandler):
    """Follows none: the registry's password would go along to wherever it leads."""

    def redirect_request(self, *_: object) -> None:
        """Return no request, so that the answer is an error."""


OPENER = build_opener(_NoRedirects)


class ConfluentRegistry:
    """One registry; `auth` is `user:password`, or empty."""

    def __init__(self, url: str, auth: str = "", *, compiled: bool = False) -> None:
        """Note where it is; `compiled`: schemas are asked for as a program needs them, not as people write them."""
        self._url = url.rstrip("/")
        self._query = "?format=serialized" if compiled else ""
        self._headers = {"accept": "application/vnd.schemaregistry.v1+json, application/json"}
        if auth:
            self._headers["authorization"] = f"Basic {base64.b64encode(auth.encode()).decode()}"

    def schema(self, name: str) -> Registered | None:
        """See SchemaSource."""
        found = self._get(f"/schemas/ids/{name}")
        if found is None:
            return None
        imports: dict[str, str] = {}
        wanted = deque(_references(found))
        while wanted and len(imports) < MOST_IMPORTS:
            imported, subject, version = wanted.popleft()
            if imported in imports:
                continue
            answer = self._get(f"/subjects/{quote(subject, safe='')}/versions/{version}")
            if answer is not None:  # else whoever needs it says which one is missing
                imports[imported] = _text(answer)
                wanted.extend(_references(answer))
        return Registered(_text(found), imports)

    def _get(self, path: str) -> Any:
        """Return what the registry has at a place; None if it has nothing there."""
        request = Request(f"{self._url}{path}{self._query}", headers=self._headers)  # noqa: S310 the table's check allows http and https only
        try:
            with OPENER.open(request, timeout=TIMEOUT_S) as answer:
                return json.loads(answer.read(MOST_BYTES))
        except HTTPError as error:
            if error.code == 404:
                return None
            raise RegistryUnavailableError(
                f"The schema registry answered with status {error.code}. Check `registry` and `registry_auth`."
            ) from None
        except (OSError, HTTPException, ValueError) as error:
            raise RegistryUnavailableError(
                f"The schema registry did not answer ({type(error).__name__}). Check `registry`, and whether the "
                "function reaches it."
            ) from None


def _text(found: Any) -> str:
    text = found.get("schema") if isinstance(found, dict) else None
    if not isinstance(text, str):
        raise RegistryUnavailableError("The schema registry answered without a schema. Check `registry`.")
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
