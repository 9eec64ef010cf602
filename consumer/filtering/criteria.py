"""FilterCriteria: which records go to the function, by their value."""

import json
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from consumer.event import ConsumedRecord
from consumer.filtering.pattern import Match, decode, pattern_match, rules_match
from consumer.filtering.rules import PatternError

_MOST_FILTERS = 10
"""Filters of a mapping: five, and ten with a raised quota (invocation-eventfiltering)."""

_LONGEST_PATTERN = 4096
"""Characters of a pattern, in Lambda's API."""

Keep = Callable[[ConsumedRecord], bool]
"""Whether a record goes to the function."""


class Mismatch(StrEnum):
    """What becomes of a value whose format is not the pattern's: text where JSON is asked for, or no UTF-8."""

    PASS = "pass"  # noqa: S105 no password
    """It goes to the function (kafka-filtering: only metadata is filtered then, and Kafka has no such filter)."""
    DROP = "drop"
    """It is left out (invocation-eventfiltering: what does not match all fields is dropped)."""


class _Filter(NamedTuple):
    json: bool
    """Whether the pattern is for JSON; otherwise it is for plain text."""
    match: Match


class Filters:
    """A record is kept if any filter takes it."""

    def __init__(self, filters: Sequence[_Filter], mismatch: Mismatch) -> None:
        self._for_json = [each.match for each in filters if each.json]
        self._for_text = [each.match for each in filters if not each.json]
        self._mismatch = mismatch is Mismatch.PASS

    def __call__(self, record: ConsumedRecord) -> bool:
        """Return whether the record goes to the function."""
        if record.value is None:
            return self._mismatch
        try:
            text = record.value.decode()
        except UnicodeDecodeError:
            return self._mismatch
        is_json, value = _read(text)
        asked, others = (self._for_json, self._for_text) if is_json else (self._for_text, self._for_json)
        return (bool(others) and self._mismatch) or any(match(value) for match in asked)


def _read(text: str) -> tuple[bool, Any]:
    """Return whether a text is a JSON document, and its value. A number or a word alone counts as plain text."""
    if text[:1] in "{[ \t\r\n" and text:
        try:
            value = decode(text)
        except (ValueError, RecursionError):
            return False, text
        if type(value) in (dict, list):
            return True, value
    return False, text


def read_criteria(text: str, mismatch: Mismatch = Mismatch.PASS) -> Keep | None:
    """Read `{"Filters": [{"Pattern": "..."}]}`; None if it has no filters.

    Raises:
        PatternError: it is not what Lambda takes; the message says which filter and why.
    """
    try:
        whole = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        raise PatternError("it is not JSON") from None
    filters = whole.get("Filters", []) if isinstance(whole, dict) else None
    if not isinstance(filters, list) or len(filters) > _MOST_FILTERS:
        raise PatternError(f'it is not {{"Filters": [...]}} with at most {_MOST_FILTERS} filters')
    if not filters:
        return None
    found = []
    for number, each in enumerate(filters, 1):
        try:
            found.append(_filter(each))
        except PatternError as error:
            raise PatternError(f"filter {number}: {error}") from None
    return Filters(found, mismatch)


def _filter(content: Any) -> _Filter:
    pattern = content.get("Pattern") if isinstance(content, dict) else None
    if not isinstance(pattern, str) or len(pattern) > _LONGEST_PATTERN:
        raise PatternError(f"it has no Pattern of at most {_LONGEST_PATTERN} characters")
    try:
        whole = decode(pattern)
    except (ValueError, RecursionError):
        raise PatternError("its pattern is not JSON") from None
    if not isinstance(whole, dict) or whole.keys() != {"value"}:
        raise PatternError("its pattern is not an object with the one key value, all that Lambda filters of Kafka by")
    rules = whole["value"]
    if isinstance(rules, dict):
        match = pattern_match(rules)
        return _Filter(True, lambda value: any(map(match, value)) if type(value) is list else match(value))
    if isinstance(rules, list):
        return _Filter(False, rules_match(rules))
    raise PatternError("value has neither a list of rules nor an object")
