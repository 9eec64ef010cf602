"""The dead letter: a versioned envelope with everything that is needed to try a record again."""

import base64
import json
from dataclasses import dataclass
from typing import Any, Literal, Self

from comboio.contract.cluster import cluster_id
from comboio.errors import InvalidDataError

VERSION = 2
"""Version 2 names the cluster. Version 1 is still read: its letters have none, as they were written before clusters
counted."""

Reason = Literal["malformed", "tombstone", "unroutable", "permanent", "attempts_exhausted", "given_up"]
"""`given_up` is the mapping's: a record of a batch that the function could not answer for."""


class ForeignLetterError(InvalidDataError):
    """The message in the queue is not a dead letter of a version that is read here."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One record that could not be dispatched, byte for byte, and why.

    Times are milliseconds since 1970. `served` are the destinations that already have the record: a replay
    goes to the others only.
    """

    cluster: str
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

    @property
    def id(self) -> str:
        """One letter per record and replay: what a replay is idempotent by."""
        place = f"{cluster_id(self.cluster)}/{self.topic}-{self.partition}:{self.offset}@{self.timestamp}"
        return f"{place}:{self.replay_count}"

    def to_json(self) -> str:
        """The envelope; bytes are base64."""
        return json.dumps(self.to_fields(), separators=(",", ":"))

    def to_fields(self) -> dict[str, Any]:
        """The envelope as JSON's own types."""
        return {
            "comboio_dead_letter": VERSION,
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
        """Reads an envelope.

        Raises:
            ForeignLetterError: not an envelope, or one of another version; the text says which.
        """
        try:
            return cls.from_fields(json.loads(text))
        except (ValueError, RecursionError) as error:
            raise ForeignLetterError(f"Not a dead letter: {type(error).__name__} {error}.") from None

    @classmethod
    def from_fields(cls, given: Any) -> Self:
        """`from_json` of what was parsed already.

        Raises:
            ForeignLetterError: see `from_json`.
        """
        try:
            fields: dict[str, Any] = dict(given)
            version = fields.pop("comboio_dead_letter")
            if version not in (1, VERSION):
                raise ForeignLetterError(f"A dead letter of version {version}; this version reads 1 and {VERSION}.")
            if version == 1:
                fields["cluster"] = ""
            fields.pop("id")
            fields["key"], fields["value"] = _bytes(fields["key"]), _bytes(fields["value"])
            fields["headers"] = tuple((name, _bytes(value) or b"") for name, value in fields["headers"])
            fields["served"] = tuple(fields["served"])
            return cls(**fields)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ForeignLetterError(f"Not a dead letter: {type(error).__name__} {error}.") from None


def _text(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text, validate=True)
