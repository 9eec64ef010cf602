"""The dead letter: a versioned envelope with everything that is needed to try a record again.

Whoever may write to the queue can write anything, so every field is checked when a letter is read. What is checked
stands in docs/reference/dead-letter.schema.json too, for other languages.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NoReturn, Self, get_args

from comboio.contract.cluster import cluster_id, is_cluster
from comboio.contract.kafka_types import is_offset, is_partition, is_timestamp, is_topic
from comboio.contract.record import Record
from comboio.errors import InvalidDataError

VERSION = 2
"""Version 2 names the cluster. Version 1 is still read; its letters have an empty cluster, since they were written
before clusters counted."""

VERSION_FIELD = "comboio_dead_letter"

REPLAY_COUNT_HEADER = "comboio_replay_count"
"""Kafka header with which a letter goes back to its topic; the dispatcher counts on from it."""

MAX_COUNT = 2**31 - 1

Reason = Literal["malformed", "tombstone", "unroutable", "permanent", "attempts_exhausted", "expired", "given_up"]
"""`expired` is for a record that waited too long in the hold queue, `given_up` for one whose batch the event source
mapping stopped retrying."""

REASONS: frozenset[Reason] = frozenset(get_args(Reason))


MAX_ATTRIBUTE = 256
"""Characters of an attribute; a correlation id is never longer where Comboio wrote it."""


class ForeignLetterError(InvalidDataError):
    """The text is no dead letter of a version that is read here; the message names fields and never quotes them."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One record that could not be dispatched, byte for byte, and why. Times are milliseconds since 1970."""

    cluster: str
    """The whole name of the cluster; empty if it is not known."""
    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    reason: Reason
    error: str
    route: str | None
    attempts: int
    first_failure: int
    last_failure: int
    correlation_id: str
    replay_count: int = 0
    served: tuple[str, ...] = ()
    """The destinations that already have the record: a replay goes to the others only."""

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
        )

    @property
    def id(self) -> str:
        """The name of this letter, which makes its replay idempotent: the record's id and the number of replays."""
        place = f"{cluster_id(self.cluster)}/{self.topic}-{self.partition}:{self.offset}@{self.timestamp}"
        return f"{place}:{self.replay_count}"

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
        return ENCODER.encode(self.to_fields())

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
            given = DECODER.decode(text)
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
            raise ForeignLetterError(f"Not a dead letter: it is JSON, but no object ({type(given).__name__}).")
        fields = dict(given)
        version = fields.pop(VERSION_FIELD, None)
        if type(version) is not int:
            raise ForeignLetterError(f"Not a dead letter: it has no number in the field {VERSION_FIELD}.")
        if version not in (1, VERSION):
            raise ForeignLetterError(f"A dead letter of version {version}; this version reads 1 and {VERSION}.")
        if version == 1:
            fields["cluster"] = ""
        if flaw := _flaw(fields):
            raise ForeignLetterError(f"Not a dead letter: {flaw}.")
        del fields["id"]  # it is made of the others
        try:
            fields["key"], fields["value"] = _bytes(fields["key"]), _bytes(fields["value"])
            fields["headers"] = tuple((name, _bytes(value) or b"") for name, value in fields["headers"])
        except ValueError:
            raise ForeignLetterError("Not a dead letter: key, value or a header is not base64.") from None
        fields["served"] = tuple(fields["served"])
        return cls(**fields)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a field stands there twice")
    return fields


def _no_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


ENCODER = json.JSONEncoder(separators=(",", ":"))
DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant)
"""Made once: `json.loads` and `json.dumps` make one for each call that has options."""


def attribute_text(value: str) -> str:
    """Return a text as SQS takes it in an attribute, which may not be empty, nor have control characters in it."""
    return value[:MAX_ATTRIBUTE] if value.isprintable() and value else "none"


def _flaw(fields: Mapping[str, Any]) -> str | None:
    """Return what is wrong with the fields of an envelope, apart from base64."""
    if fields.keys() != RULES.keys():
        missing, unknown = sorted(RULES.keys() - fields.keys()), len(fields.keys() - RULES.keys())
        return f"it lacks {', '.join(missing)}" if missing else f"it has {unknown} fields that are not known"
    wrong = [name for name, (allowed, _) in RULES.items() if not allowed(fields[name])]
    return "; ".join(f"{name} must be {RULES[name][1]}" for name in wrong) or None


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_text_or_null(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_COUNT


def _is_reason(value: object) -> bool:
    return isinstance(value, str) and value in REASONS


def _are_headers(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) and isinstance(pair[1], str)
        for pair in value
    )


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


RULES: dict[str, tuple[Callable[[object], bool], str]] = {
    "id": (_is_text, "text"),
    "cluster": (is_cluster, "the name of a cluster, or empty"),
    "topic": (is_topic, "a topic name of Kafka"),
    "partition": (is_partition, "a number from 0 to 2^31-1"),
    "offset": (is_offset, "a number from 0 to 2^63-1"),
    "timestamp": (is_timestamp, "a number of 64 bits"),
    "key": (_is_text_or_null, "base64, or null"),
    "value": (_is_text_or_null, "base64, or null"),
    "headers": (_are_headers, "a list of pairs of name and base64"),
    "reason": (_is_reason, f"one of {', '.join(get_args(Reason))}"),
    "error": (_is_text, "text"),
    "route": (_is_text_or_null, "text, or null"),
    "attempts": (_is_count, "a number from 0 to 2^31-1"),
    "first_failure": (is_timestamp, "a number of 64 bits"),
    "last_failure": (is_timestamp, "a number of 64 bits"),
    "correlation_id": (_is_text, "text"),
    "replay_count": (_is_count, "a number from 0 to 2^31-1"),
    "served": (_are_texts, "a list of texts"),
}
"""Every field of an envelope besides its version: the check, and the words for it."""


def _text(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text, validate=True)
