"""What each field of a dead letter may be. docs/reference/dead-letter.schema.json says the same for other languages."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, get_args

from comboio.contract.cluster import is_cluster
from comboio.contract.kafka_types import is_offset, is_partition, is_timestamp, is_topic

MAX_COUNT = 2**31 - 1
"""Attempts and replays are counted up to here, as a 32-bit number holds them."""

_MAX_CODE_TEXT = 256
"""Characters of a code that is a text, as contracts with messages have them."""

Reason = Literal["malformed", "tombstone", "unroutable", "permanent", "attempts_exhausted", "expired", "given_up"]
"""Why a record is dead. `expired`: it waited too long in the hold queue. `given_up`: the event source mapping stopped
retrying its batch."""

_REASONS: frozenset[Reason] = frozenset(get_args(Reason))


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_text_or_null(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_COUNT


def _is_reason(value: object) -> bool:
    return isinstance(value, str) and value in _REASONS


def _are_headers(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) and isinstance(pair[1], str)
        for pair in value
    )


def _is_code(value: object) -> bool:
    return value is None or is_offset(value) or (isinstance(value, str) and 0 < len(value) <= _MAX_CODE_TEXT)


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
    "code": (_is_code, "a number from 0 to 2^63-1, a short text, or null"),
}
"""Every field of an envelope besides its version: the check, and the words for it."""


def flaw_of(fields: Mapping[str, Any]) -> str | None:
    """Return what is wrong with the fields of an envelope, apart from base64; None if nothing is."""
    if fields.keys() != RULES.keys():
        missing, unknown = sorted(RULES.keys() - fields.keys()), len(fields.keys() - RULES.keys())
        return f"it lacks {', '.join(missing)}" if missing else f"it has {unknown} fields that are not known"
    wrong = [name for name, (allowed, _) in RULES.items() if not allowed(fields[name])]
    return "; ".join(f"{name} must be {RULES[name][1]}" for name in wrong) or None
