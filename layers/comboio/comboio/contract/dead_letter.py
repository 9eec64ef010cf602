"""The dead letter: a versioned envelope with everything that is needed to try a record again.

Whoever may write to the queue can write anything, so every field is checked when a letter is read.
"""

import base64
import hashlib
import json
from collections.abc import Iterable
from typing import Any, NoReturn, Self

from msgspec import Struct

from comboio.contract.cluster import cluster_id
from comboio.contract.dead_letter_schema import Reason, flaw_of
from comboio.contract.record import Record
from comboio.errors import InvalidDataError

VERSION = 3
"""Version 3 has the record's code, version 2 its cluster. Earlier ones are still read: their letters have no code, and
those of version 1 an empty cluster, since they were written before these counted."""

VERSION_FIELD = "comboio_dead_letter"
"""The field by which a letter is known; its value is the version."""

REPLAY_COUNT_HEADER = "comboio_replay_count"
"""Kafka header with which a letter goes back to its topic; the dispatcher counts on from it."""

_MAX_ATTRIBUTE = 256
"""Characters of an attribute; a correlation id is never longer where Comboio wrote it."""


class ForeignLetterError(InvalidDataError):
    """The text is no dead letter of a version that is read here; the message names fields and never quotes them."""


class DeadLetter(Struct, frozen=True):
    """One record that could not be dispatched, byte for byte, and why. Times are milliseconds since 1970."""

    cluster: str
    """The whole name of the cluster; empty if it is not known."""
    topic: str
    """The record's topic."""
    partition: int
    """Its partition."""
    offset: int
    """Its offset in the partition."""
    timestamp: int
    """Its own timestamp."""
    key: bytes | None
    """Its key."""
    value: bytes | None
    """Its payload."""
    headers: tuple[tuple[str, bytes], ...]
    """Its headers, in order; a name may occur more than once."""
    reason: Reason
    """Why it could not be dispatched."""
    error: str
    """The same in words, for people."""
    route: str | None
    """The route that it took; None if there was none."""
    attempts: int
    """How often it was tried."""
    first_failure: int
    """When it failed first."""
    last_failure: int
    """When it failed last."""
    correlation_id: str
    """The id that follows it downstream."""
    replay_count: int = 0
    """How often it was replayed before."""
    served: tuple[str, ...] = ()
    """The destinations that already have the record: a replay goes to the others only."""
    code: int | str | None = None
    """What kind of event it tells of, as its contract says; None if that is not known."""

    @classmethod
    def of(
        cls,
        record: Record,
        *,
        reason: Reason,
        error: str,
        first_failure: int,
        last_failure: int,
        correlation_id: str,
        route: str | None = None,
        attempts: int = 0,
        replay_count: int = 0,
        served: tuple[str, ...] = (),
        code: int | str | None = None,
    ) -> Self:
        """Return the letter of a record."""
        return cls(
            cluster=record.cluster,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            timestamp=record.timestamp,
            key=record.key,
            value=record.value,
            headers=tuple(record.headers()),
            reason=reason,
            error=error,
            route=route,
            attempts=attempts,
            first_failure=first_failure,
            last_failure=last_failure,
            correlation_id=correlation_id,
            replay_count=replay_count,
            served=served,
            code=code,
        )

    @property
    def id(self) -> str:
        """The name of this letter, which makes its replay idempotent: the record's id and the number of replays.

        Where some destinations have the record, it ends in a hash of their names: what waited for two destinations in
        the hold queue dies as two letters, and each is owed to another of them.
        """
        place = f"{cluster_id(self.cluster)}/{self.topic}-{self.partition}:{self.offset}@{self.timestamp}"
        name = f"{place}:{self.replay_count}"
        return f"{name}:{_hash(self.served)}" if self.served else name

    def record(self) -> Record:
        """Return the record as a mapping would deliver it."""
        headers = [{name: list(value)} for name, value in self.headers]
        source = f"{self.topic}-{self.partition}"
        return Record(
            self.cluster,
            source,
            self.topic,
            self.partition,
            self.offset,
            self.timestamp,
            self.key,
            self.value,
            headers,
        )

    def attributes(self) -> list[tuple[str, str]]:
        """Return the attributes of the SQS message with the letter: names and texts, for whoever looks at the queue."""
        return [("reason", self.reason), ("correlation_id", attribute_text(self.correlation_id))]

    def to_json(self) -> str:
        """Return the envelope, in ASCII; bytes are base64."""
        return _ENCODER.encode(self.to_fields())

    def to_fields(self) -> dict[str, Any]:
        """Return the envelope as JSON's own types."""
        return {
            VERSION_FIELD: VERSION,
            "id": self.id,
            "cluster": self.cluster,
            "topic": self.topic,
            "partition": self.partition,
            "offset": self.offset,
            "timestamp": self.timestamp,
            "key": _text(self.key),
            "value": _text(self.value),
            "headers": [[name, _text(value)] for name, value in self.headers],
            "reason": self.reason,
            "error": self.error,
            "route": self.route,
            "attempts": self.attempts,
            "first_failure": self.first_failure,
            "last_failure": self.last_failure,
            "correlation_id": self.correlation_id,
            "replay_count": self.replay_count,
            "served": list(self.served),
            "code": self.code,
        }

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read an envelope.

        A text that was read hides nothing: it has no field twice, and nothing that only Python takes for JSON.

        Raises:
            ForeignLetterError: the text is no envelope, or one of another version, or a field has a wrong value.
        """
        try:
            text.encode()  # a lone surrogate could not be passed on
            given = _DECODER.decode(text)
        except (ValueError, RecursionError) as error:
            raise ForeignLetterError(f"Not a dead letter: it is not JSON ({type(error).__name__}).") from None
        return cls.from_fields(given)

    @classmethod
    def from_fields(cls, given: object) -> Self:
        """Read an envelope that was parsed already.

        Raises:
            ForeignLetterError: see `from_json`.
        """
        if not isinstance(given, dict):
            raise ForeignLetterError(f"Not a dead letter: it is JSON, but not an object ({type(given).__name__}).")
        fields = dict(given)
        version = fields.pop(VERSION_FIELD, None)
        if type(version) is not int:
            raise ForeignLetterError(f"Not a dead letter: it has no number in the field {VERSION_FIELD}.")
        if not 1 <= version <= VERSION:
            raise ForeignLetterError(f"A dead letter of version {version}; this version reads 1 to {VERSION}.")
        if version == 1:
            fields["cluster"] = ""
        if version < VERSION:
            fields["code"] = None
        if flaw := flaw_of(fields):
            raise ForeignLetterError(f"Not a dead letter: {flaw}.")
        del fields["id"]  # it is made of the others
        try:
            fields["key"], fields["value"] = _bytes(fields["key"]), _bytes(fields["value"])
            fields["headers"] = tuple((name, _bytes(value) or b"") for name, value in fields["headers"])
        except ValueError:
            raise ForeignLetterError("Not a dead letter: key, value or a header is not base64.") from None
        fields["served"] = tuple(fields["served"])
        return cls(**fields)


def _hash(names: Iterable[str]) -> str:
    """Return ten hexadecimal digits, as a cluster's id has."""
    return hashlib.blake2b("\n".join(sorted(names)).encode("utf-8", "surrogatepass"), digest_size=5).hexdigest()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a field is given twice")
    return fields


def _no_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


_ENCODER = json.JSONEncoder(separators=(",", ":"))
_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant)
"""Made once: `json.loads` and `json.dumps` make one for each call that has options."""


def attribute_text(value: str) -> str:
    """Return a text as SQS takes it in an attribute, which may not be empty, nor have control characters in it."""
    return value[:_MAX_ATTRIBUTE] if value.isprintable() and value else "none"


def _text(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text, validate=True)
