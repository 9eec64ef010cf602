"""A Confluent-compatible registry over HTTP: `GET /schemas/ids/{id}` (Confluent, "Schema Registry API Reference")."""

import base64
import json
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from comboio.message.registry.registry import RegistryUnavailableError

TIMEOUT_S = 3.0
"""Seconds for which the registry may say nothing. It is asked once for each schema."""

MOST_BYTES = 4 * 1024 * 1024
"""Of an answer."""


class _NoRedirects(HTTPRedirectHandler):
    """Follows none: the registry's password would go along to wherever it leads."""

    def redirect_request(self, *_: object) -> None:
        """Return no request, so that the answer is an error."""


OPENER = build_opener(_NoRedirects)


class ConfluentRegistry:
    """One registry; `auth` is `user:password`, or empty."""

    def __init__(self, url: str, auth: str = "") -> None:
        self._url = url.rstrip("/")
        self._headers = {"accept": "application/vnd.schemaregistry.v1+json, application/json"}
        if auth:
            self._headers["authorization"] = f"Basic {base64.b64encode(auth.encode()).decode()}"

    def schema(self, name: str) -> str | None:
        """See SchemaSource."""
        request = Request(f"{self._url}/schemas/ids/{name}", headers=self._headers)  # noqa: S310 the table's check allows http and https only
        try:
            with OPENER.open(request, timeout=TIMEOUT_S) as answer:
                found = json.loads(answer.read(MOST_BYTES))
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
        text = found.get("schema") if isinstance(found, dict) else None
        if not isinstance(text, str):
            raise RegistryUnavailableError("The schema registry answered without a schema. Check `registry`.")
        return text
