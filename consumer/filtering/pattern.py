"""A pattern of EventBridge's language as a test of a JSON value: fields are joined by and, rules of a field by or.

`comboio.routing.patterns` reads patterns too, and is another language on purpose. Here a mapping's own are imitated,
mistakes included: numbers are compared as they are written (300 is not 300.0), so values have a decoder of their own;
patterns nest; `exists` is of leaves; there is no `wildcard` and no `cidr`. There a pattern is of one field, 300 is
300.0, and values are those that the dispatcher has decoded. One home would choose between them at each rule. Where both
have a word they agree, but for what `tests/unit/consumer/filtering/test_both_languages.py` lists.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from consumer.filtering.rules import NumberText, PatternError, Test, rule_test

Match = Callable[[Any], bool]
"""Whether a decoded JSON value fits."""

OR = "$or"

DEEPEST = 100
"""Levels of a pattern; the 4,096 characters that it may have allow more, and no message of anybody has as many."""

_ABSENT = object()
"""In the place of a field that is not there."""


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_int=NumberText, parse_float=NumberText, parse_constant=_refuse)
"""Made once: `json.loads` with hooks makes a decoder for each call, a quarter of what a record costs here."""


def decode(text: str) -> Any:
    """Decode JSON with numbers as they are written.

    Raises:
        ValueError, RecursionError: it is not JSON.
    """
    return _DECODER.decode(text)


def pattern_match(pattern: Mapping[str, Any], depth: int = 0) -> Match:
    """Return the test of an object.

    A field of the value may be an array: one element that fits is enough.

    Raises:
        PatternError: the pattern is not one that Lambda takes.
    """
    if depth > DEEPEST:
        raise PatternError(f"it has more than {DEEPEST} levels")
    if not pattern:
        raise PatternError("an object of it is empty")
    fields: list[tuple[str, Match]] = []
    choices: list[list[Match]] = []
    for name, content in pattern.items():
        if name == OR and isinstance(content, list):
            if len(content) < 2 or not all(isinstance(each, dict) for each in content):
                raise PatternError("$or takes two or more objects")
            choices.append([pattern_match(each, depth + 1) for each in content])
        elif isinstance(content, dict):
            fields.append((name, _nested(pattern_match(content, depth + 1))))
        elif isinstance(content, list):
            fields.append((name, rules_match(content)))
        else:
            raise PatternError(f"the field {name[:40]!r} has neither a list of rules nor an object")

    def match(value: Any) -> bool:
        if type(value) is not dict:
            return False
        return all(test(value.get(name, _ABSENT)) for name, test in fields) and all(
            any(each(value) for each in choice) for choice in choices
        )

    return match


def _nested(inner: Match) -> Match:
    def match(value: Any) -> bool:
        if type(value) is list:
            return any(match(each) for each in value)
        return inner({} if value is _ABSENT or type(value) is not dict else value)

    return match


def rules_match(rules: list[Any]) -> Match:
    """Return the test of a field that has rules; `_ABSENT` stands for a field that is not there.

    Raises:
        PatternError: the rules are none of Lambda's.
    """
    if not rules:
        raise PatternError("a list of rules is empty")
    tests: list[Test] = []
    present: bool | None = None
    for rule in rules:
        if isinstance(rule, dict) and "exists" in rule:
            if len(rule) != 1 or not isinstance(rule["exists"], bool) or len(rules) != 1:
                raise PatternError("exists stands alone, and is true or false")
            present = rule["exists"]
        else:
            tests.append(rule_test(rule))
    if present is not None:
        return lambda value: any(True for _ in _leaves(value)) is present
    return lambda value: any(test(leaf) for leaf in _leaves(value) for test in tests)


def _leaves(value: Any) -> list[Any]:
    """Return what a field has to be compared: itself, or the elements of an array; of an object, nothing."""
    if type(value) is list:
        return [leaf for each in value for leaf in _leaves(each)]
    return [] if value is _ABSENT or type(value) is dict else [value]
