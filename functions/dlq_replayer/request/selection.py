"""Decides whether a letter is one of those that a request selects. Pure."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from comboio.contract.dead_letter import DeadLetter
from dlq_replayer.request.request import Filter


def payload_field(letter: DeadLetter, name: str) -> Any:
    """Return a field of the payload; None where there is none, or the payload cannot be read."""
    try:
        fields = json.loads(letter.value or b"")
    except (ValueError, RecursionError):
        return None
    return fields.get(name) if isinstance(fields, dict) else None


def codigo(letter: DeadLetter) -> int | str | None:
    """Return the code that the dispatcher read by the record's contract.

    Where it read none (letters of earlier versions, and what the mapping gave up), it is the payload's codigo, read as
    leniently as the message contract reads it; None if it has none.
    """
    if letter.code is not None:
        return letter.code
    found = payload_field(letter, "codigo")
    try:
        return None if isinstance(found, bool) or int(found) != float(found) else int(found)
    except (TypeError, ValueError, OverflowError):
        return None


def key_text(letter: DeadLetter) -> str | None:
    """Return the key as text; bytes that are no text are replaced."""
    return None if letter.key is None else letter.key.decode("utf-8", "replace")


def selector(wanted: Filter) -> Callable[[DeadLetter], bool]:
    """Return the filter as a function. Cheap tests come first; the payload is read only if it matters."""
    tests: list[Callable[[DeadLetter], bool]] = []
    if wanted.reason:
        tests.append(lambda letter: letter.reason in wanted.reason)
    if wanted.topic:
        tests.append(lambda letter: letter.topic in wanted.topic)
    if wanted.partition:
        tests.append(lambda letter: letter.partition in wanted.partition)
    if wanted.route:
        tests.append(lambda letter: letter.route in wanted.route)
    if wanted.replay_count:
        tests.append(lambda letter: letter.replay_count in wanted.replay_count)
    if wanted.since is not None:
        since = _ms(wanted.since)
        tests.append(lambda letter: letter.last_failure >= since)
    if wanted.until is not None:
        until = _ms(wanted.until)
        tests.append(lambda letter: letter.last_failure < until)
    if wanted.error:
        needle = wanted.error.casefold()
        tests.append(lambda letter: needle in letter.error.casefold())
    if wanted.key:
        tests.append(lambda letter: key_text(letter) in wanted.key)
    if wanted.codigo:
        tests.append(lambda letter: codigo(letter) in wanted.codigo)
    if wanted.event_id:
        tests.append(lambda letter: payload_field(letter, "event_id") in wanted.event_id)
    return lambda letter: all(test(letter) for test in tests)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
