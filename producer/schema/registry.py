"""What the producer asks a schema registry at its start: the id of the schema, and the schema with all that it takes.

Confluent, "Schema Registry API Reference": `GET /subjects/{subject}/versions/{version}` has a version of a subject,
`POST /subjects/{subject}` finds a schema among them, `POST /subjects/{subject}/versions` registers it.
"""

import logging
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import quote

from comboio.message.registry.confluent import ConfluentRegistry, version_path
from comboio.message.registry.registry import Registered, RegistryUnavailableError
from comboio.message.registry.registry_api import RegistryApi, RegistryStatusError
from producer.schema.encode import SchemaError

_PAUSE_S = 0.5
"""Before the registry is asked again that did not answer as it should."""

_DENIED = frozenset({401, 403})
"""Statuses that no second question changes."""

REFUSED = frozenset({409, 422})
"""Statuses of a schema that the registry does not take."""

_MOST_ID = 2**32
"""Ids of the wire format are below: it has 4 bytes for one."""

_log = logging.getLogger(__name__)


class Wanted(NamedTuple):
    """The schema that is asked for: a version of its subject, or a schema of one's own."""

    kind: str
    """AVRO, JSON or PROTOBUF."""
    version: str
    """`latest` or a number; where `text` is given it says nothing."""
    text: str = ""
    """The schema itself, which the subject must have."""
    register: bool = False
    """Whether the subject gets it where it does not have it."""


class Subjects:
    """The subjects of a registry. A question is asked again until `until` (by `clock`) where that may help."""

    def __init__(
        self,
        api: RegistryApi,
        registry: ConfluentRegistry,
        until: float,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._api = api
        self._registry = registry
        self._until = until
        self._clock = clock
        self._sleep = sleep

    def schema_id(self, subject: str, wanted: Wanted) -> int:
        """Return the id of a subject's schema.

        Raises:
            RegistryUnavailableError: it does not answer, or does not have it.
            SchemaError: the schema is of another kind, or the registry does not take it.
        """
        place = f"/subjects/{quote(subject, safe='')}"
        if not wanted.text:
            found = self._ask(lambda: self._api.get(version_path(subject, wanted.version), self._until))
            what = f"has no version {wanted.version} of subject {subject}"
        else:
            question = {"schemaType": wanted.kind, "schema": wanted.text}
            path = f"{place}/versions" if wanted.register else place
            found = self._ask(lambda: self._api.post(path, question, self._until), subject)
            what = f"does not have the schema of PRODUCER_SCHEMA_FILE under subject {subject}"
        if found is None:
            raise RegistryUnavailableError(
                f"The schema registry {what}. Register the schema (PRODUCER_SCHEMA_FILE and "
                "PRODUCER_SCHEMA_REGISTER=true), or check PRODUCER_SUBJECT_NAMES and the topic."
            )
        kind = _field(found, "schemaType") or (wanted.kind if wanted.text else "AVRO")
        if kind != wanted.kind:
            raise SchemaError(
                f"Subject {subject} has a schema of type {str(kind)[:20]}, and PRODUCER_FORMAT asks for {wanted.kind}. "
                "Correct one of them."
            )
        number = _field(found, "id")
        if type(number) is not int or not 0 <= number < _MOST_ID:
            raise RegistryUnavailableError("The schema registry answered without an id. Check PRODUCER_REGISTRY.")
        _log.info("schema", extra={"subject": subject, "schema_id": number, "version": _field(found, "version")})
        return number

    def schema(self, schema_id: int) -> Registered:
        """Return a schema with all that it takes.

        Raises:
            RegistryUnavailableError: the registry does not answer, or does not have it.
        """
        found: Registered | None = self._ask(lambda: self._registry.schema(str(schema_id), self._until - self._clock()))
        if found is None:
            raise RegistryUnavailableError(
                f"The schema registry has no schema {schema_id}, though a subject of it names it. Check the registry."
            )
        return found

    def _ask(self, ask: Callable[[], Any], subject: str = "") -> Any:
        while True:
            try:
                return ask()
            except RegistryUnavailableError as error:
                status = error.status if isinstance(error, RegistryStatusError) else 0
                if status in REFUSED and subject:
                    raise SchemaError(
                        f"The schema registry does not take the schema of PRODUCER_SCHEMA_FILE for subject {subject} "
                        f"(status {status}). Check that it is well formed and compatible with the versions before it."
                    ) from None
                if status in _DENIED or self._clock() + _PAUSE_S >= self._until:
                    raise
            self._sleep(_PAUSE_S)


def _field(found: Any, name: str) -> Any:
    return found.get(name) if isinstance(found, dict) else None
