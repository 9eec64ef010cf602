"""One rule of a pattern, such as `{"prefix": "AB"}`, as a test of one value."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

Test = Callable[[Any], bool]
"""Whether a value that exists fits. Objects and arrays are never asked."""


class NumberText(str):
    """A number of a record as it is written: 300, 300.0 and 3.0e2 are not equal, and Lambda compares the text."""

    __slots__ = ()


COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class PatternError(ValueError):
    """The pattern is not one that Lambda takes."""


def rule_test(rule: Any) -> Test:
    """Return the test of a rule; `exists` is the pattern's, which knows of absent fields.

    Raises:
        PatternError: it is none of Lambda's.
    """
    if isinstance(rule, dict):
        if len(rule) != 1:
            raise PatternError("a rule has exactly one operator")
        name, content = next(iter(rule.items()))
        if name not in OPERATORS:
            raise PatternError(
                f"{str(name)[:40]!r} is not an operator that Lambda has; it has {', '.join(OPERATORS)}, exists"
            )
        return OPERATORS[name](content)
    if isinstance(rule, list):
        raise PatternError("a rule is a value or an operator, not a list")
    return _equals(rule)


def _equals(wanted: Any) -> Test:
    kind = type(wanted)
    return lambda value: type(value) is kind and value == wanted


def _text(content: Any) -> str:
    if type(content) is not str:
        raise PatternError("the operator takes a text")
    return content


def _prefix(content: Any) -> Test:
    if isinstance(content, dict) and content.keys() == {"equals-ignore-case"}:
        folded = _text(content["equals-ignore-case"]).casefold()
        return lambda value: type(value) is str and value.casefold().startswith(folded)
    start = _text(content)
    return lambda value: type(value) is str and value.startswith(start)


def _suffix(content: Any) -> Test:
    if isinstance(content, dict) and content.keys() == {"equals-ignore-case"}:
        folded = _text(content["equals-ignore-case"]).casefold()
        return lambda value: type(value) is str and value.casefold().endswith(folded)
    end = _text(content)
    return lambda value: type(value) is str and value.endswith(end)


def _ignoring_case(content: Any) -> Test:
    folded = _text(content).casefold()
    return lambda value: type(value) is str and value.casefold() == folded


def _anything_but(content: Any) -> Test:
    if isinstance(content, dict):
        if len(content) != 1 or (name := next(iter(content))) not in ("prefix", "suffix", "equals-ignore-case"):
            raise PatternError("anything-but takes values, prefix, suffix or equals-ignore-case")
        listed = content[name] if isinstance(content[name], list) else [content[name]]
        excluded = [OPERATORS[name](each) for each in listed]
    else:
        excluded = [_equals(each) for each in (content if isinstance(content, list) else [content])]
        if not all(type(each) in (str, NumberText) for each in (content if isinstance(content, list) else [content])):
            raise PatternError("anything-but takes texts or numbers")
    if not excluded:
        raise PatternError("anything-but takes at least one value")
    return lambda value: not any(test(value) for test in excluded)


def _numeric(content: Any) -> Test:
    if not isinstance(content, list) or len(content) not in (2, 4):
        raise PatternError("numeric takes one or two pairs of comparison and number")
    bounds = []
    for name, number in zip(content[::2], content[1::2], strict=True):
        if not isinstance(name, str) or name not in COMPARISONS or type(number) is not NumberText:
            raise PatternError("numeric takes pairs of comparison and number")
        bounds.append((COMPARISONS[name], float(number)))

    def test(value: Any) -> bool:
        if type(value) is not NumberText:
            return False
        number = float(value)
        return all(compare(number, bound) for compare, bound in bounds)

    return test


OPERATORS: Mapping[str, Callable[[Any], Test]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _ignoring_case,
    "anything-but": _anything_but,
    "numeric": _numeric,
}
"""What makes a test of an operator's content."""
