"""Counts what lies in a source, by what an operator asks first. Pure: letters in, counts out."""

import json
from base64 import b64encode
from collections import Counter
from typing import Any

from comboio.contract.dead_letter import VERSION_FIELD, DeadLetter
from dlq_replayer.request.selection import codigo, payload_field

MAX_VALUES = 50
"""Values of a kind that are counted apart; all others are counted as one."""

_MAX_SHOWN = 4_000_000
"""Characters of all samples, as JSON writes them: Lambda takes an answer of 6 MB."""

_BRIEF = 200
"""Characters of an error where there is no room for all of it."""

_AGES_S = ((3_600, "under 1 h"), (86_400, "under 1 day"), (604_800, "under 7 days"))


class Histogram:
    """Counts letters by reason, route, codigo, topic, replays and age; keeps the first few as samples."""

    def __init__(self, samples: int, *, bodies: bool) -> None:
        self._counts: dict[str, Counter[str]] = {
            kind: Counter() for kind in ("reason", "route", "codigo", "topic", "replay_count", "age")
        }
        self._samples: list[dict[str, Any]] = []
        self._max_samples = samples
        self._bodies = bodies
        self._room = _MAX_SHOWN

    def add(self, letter: DeadLetter, now: int) -> None:
        """Count a letter; `now` in epoch ms."""
        number = codigo(letter)
        for kind, value in (
            ("reason", letter.reason),
            ("route", letter.route or "none"),
            ("codigo", "none" if number is None else str(number)),
            ("topic", letter.topic),
            ("replay_count", str(letter.replay_count)),
            ("age", age_of((now - letter.first_failure) / 1000)),
        ):
            self._count(self._counts[kind], value)
        if len(self._samples) < self._max_samples:
            self._show(letter)

    def to_fields(self) -> dict[str, Any]:
        """Return the answer's part."""
        counts = {kind: dict(counter.most_common()) for kind, counter in self._counts.items()}
        return {"histogram": counts, "samples": self._samples}

    def _show(self, letter: DeadLetter) -> None:
        """Add a letter to the samples, with as much of it as the answer has room for."""
        shown = _sample(letter, bodies=self._bodies)
        if self._bodies and _size(shown) > self._room:
            shown = {**_sample(letter, bodies=False), "left_out": "key, value and headers, for want of room"}
        if _size(shown) > self._room:
            known = {"id": letter.id, "reason": letter.reason, "event_id": None, "error": letter.error[:_BRIEF]}
            shown = {**known, "left_out": "all else, for want of room"}
        self._room -= _size(shown)
        self._samples.append(shown)

    @staticmethod
    def _count(counter: Counter[str], value: str) -> None:
        counter[value if value in counter or len(counter) < MAX_VALUES else "others"] += 1


def _size(shown: dict[str, Any]) -> int:
    return len(json.dumps(shown))


def age_of(seconds: float) -> str:
    """Return the class of an age."""
    return next((name for bound, name in _AGES_S if seconds < bound), "7 days or more")


def _sample(letter: DeadLetter, *, bodies: bool) -> dict[str, Any]:
    event_id = payload_field(letter, "event_id")
    fields = letter.to_fields()
    shown = {
        name: value
        for name, value in fields.items()
        if name not in (VERSION_FIELD, "key", "value", "headers") and value not in (None, [])
    }
    shown["event_id"] = event_id if isinstance(event_id, str) else None
    if bodies:
        shown["key"] = _readable(letter.key)
        shown["value"] = _readable(letter.value)
        shown["headers"] = [[name, _readable(value)] for name, value in letter.headers]
    return shown


def _readable(data: bytes | None) -> str | None:
    """Return text as text, and other bytes as base64, marked as such."""
    if data is None:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return f"base64:{b64encode(data).decode()}"
