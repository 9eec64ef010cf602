"""What a field must be, in the words of EventBridge's event patterns.

A pattern is a list, of which one element must hold: a text, a number, a boolean, or one of `{prefix = ...}`,
`{suffix = ...}`, `{equals-ignore-case = ...}`, `{wildcard = ...}`, `{anything-but = ...}`, `{cidr = ...}`,
`{numeric = [">", 0, "<=", 5]}`, `{exists = true}`. A field that is an array holds if one of its elements does. Source:
EventBridge user guide, "Comparison operators for use in event patterns".

Short forms for tables: a single element needs no list, and `"prefix:BR-"`, `"suffix:.br"`, `"wildcard:*-7"` and
`">120"` are what they say.

The consumer's FilterCriteria (`consumer/filtering/pattern.py`) are EventBridge-like too and not of this module: Lambda
compares numbers by their text, nests patterns and has fewer operators, and what imitates it must not follow a table.
"""

import operator
import re
from collections.abc import Callable, Sequence
from ipaddress import ip_network
from typing import Any, NamedTuple

from comboio.message.field_path import MISSING
from comboio.routing.address import address
from comboio.routing.lookup import Lookup, lookup_of

Holds = Callable[[Any], bool]
"""Returns whether a value, or MISSING, is as a pattern says."""

SHORT = re.compile(r"(prefix|suffix|wildcard|equals-ignore-case):(.+)", re.DOTALL)
_COMPARISON = re.compile(r"(<=|>=|<|>|=)\s*(-?[0-9]{1,18}(?:\.[0-9]{1,9})?)", re.ASCII)
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
}
WORDS = ("prefix", "suffix", "equals-ignore-case", "wildcard", "anything-but", "numeric", "cidr", "exists")

_NOT_IN_ANYTHING_BUT = frozenset({"exists", "anything-but", "numeric"})


class Pattern(NamedTuple):
    """A pattern that can be asked."""

    holds: Holds
    """Whether a field is as it says; of an array, one element."""
    holds_one: Holds
    """The same for a field that is no array: what is asked most, by the shortest way."""
    lookup: Lookup | None
    """By which values of the field it can be found; None if it must be asked of every message."""
    written: str
    """The pattern for people."""
    whole: str
    """The pattern in full: two of the same are one question."""


def parse(written: Any, *, textual: bool = False) -> Pattern:
    """Read a pattern.

    `textual` says that the field is always text, as a header is: numbers are then compared with what it writes.

    Raises:
        ValueError: it is no pattern; the text says what would be one.
    """
    elements = list(written) if isinstance(written, list | tuple) else [_long(written)]
    if not elements:
        raise ValueError("an empty list never holds. Name what the field may be")
    tests = [_element(element, textual=textual) for element in elements]
    exact = [str(e) if isinstance(e, str) else None for e in elements]
    literals = frozenset(text for text in exact if text is not None) if None not in exact else None
    if literals is not None:
        tests = [_one_of(literals)]
    holds_one = tests[0] if len(tests) == 1 else _any_of(tests)

    def holds(value: Any) -> bool:
        return any(map(holds_one, value)) if type(value) is list and value else holds_one(value)

    return Pattern(holds, holds_one, lookup_of(elements), _shown(written), repr(written))


def _any_of(tests: Sequence[Holds]) -> Holds:
    return lambda value: any(test(value) for test in tests)


def _long(written: Any) -> Any:
    """Return the long form of a short one."""
    if isinstance(written, str):
        if found := SHORT.fullmatch(written):
            return {found[1]: found[2]}
        if found := _COMPARISON.fullmatch(written):
            return {"numeric": [found[1], float(found[2])]}
        if written[:1] in "<>=" and written:
            raise ValueError(f'{written!r} compares with nothing. Write a number after the sign, such as ">120"')
    return written


def _element(element: Any, *, textual: bool) -> Holds:
    if isinstance(element, bool):
        if textual:
            return _one_of(frozenset({str(element).lower()}))
        return lambda value: value is element
    if isinstance(element, int | float):
        return _compares([("=", element)], textual=textual)
    if isinstance(element, str):
        return _one_of(frozenset({element}))
    if not isinstance(element, dict) or len(element) != 1:
        raise ValueError(
            f"{_shown(element)} is not a pattern. Write a text, a number, or a table of {', '.join(WORDS)}"
        )
    ((word, operand),) = element.items()
    if word not in WORDS:
        raise ValueError(f"there is no `{word}`; there are: {', '.join(WORDS)}")
    return _operator(word, operand, textual=textual)


def _operator(word: str, operand: Any, *, textual: bool) -> Holds:
    if word == "exists":
        if not isinstance(operand, bool):
            raise ValueError(f"`exists` is true or false, not {_shown(operand)}")
        return (lambda value: value is not MISSING) if operand else (lambda value: value is MISSING)
    if word == "numeric":
        return _compares(_comparisons(operand), textual=textual)
    if word == "anything-but":
        return _anything_but(operand, textual=textual)
    if not isinstance(operand, str) or not operand:
        raise ValueError(f"`{word}` needs a text, not {_shown(operand)}")
    return _text_operator(word, operand)


def _text_operator(word: str, operand: str) -> Holds:
    if word == "prefix":
        return lambda value: type(value) is str and value.startswith(operand)
    if word == "suffix":
        return lambda value: type(value) is str and value.endswith(operand)
    if word == "equals-ignore-case":
        folded = operand.casefold()
        return lambda value: type(value) is str and value.casefold() == folded
    if word == "wildcard":
        if "**" in operand:
            raise ValueError(f"`wildcard` {operand!r} has two stars in a row. One stands for any text")
        return _wildcard(operand)
    try:
        network = ip_network(operand)
    except ValueError as error:
        raise ValueError(f"`cidr`: {error}. Write an address range such as 10.0.0.0/24") from None

    def inside(value: Any) -> bool:
        found = address(value) if type(value) is str else None
        return found is not None and found in network

    return inside


def _wildcard(operand: str) -> Holds:
    """Look for each part once, from left to right: no text makes it slow, as it could a regular expression."""
    if "*" not in operand:
        return _one_of(frozenset({operand}))
    first, *middle, last = operand.split("*")

    def holds(value: Any) -> bool:
        if type(value) is not str or len(value) < len(first) + len(last):
            return False
        if not (value.startswith(first) and value.endswith(last)):
            return False
        place, end = len(first), len(value) - len(last)
        for part in middle:
            found = value.find(part, place, end)
            if found < 0:
                return False
            place = found + len(part)
        return True

    return holds


def _anything_but(operand: Any, *, textual: bool) -> Holds:
    elements = list(operand) if isinstance(operand, list | tuple) else [operand]
    if not elements or any(isinstance(each, dict) and _NOT_IN_ANYTHING_BUT & each.keys() for each in elements):
        raise ValueError(f"`anything-but` needs texts, numbers or one of prefix, suffix, ..., not {_shown(operand)}")
    tests = [_element(each, textual=textual) for each in elements]
    return lambda value: value is not MISSING and not any(test(value) for test in tests)


def _comparisons(operand: Any) -> list[tuple[str, float]]:
    pairs = list(zip(operand[::2], operand[1::2], strict=False)) if isinstance(operand, list | tuple) else []
    if not pairs or len(operand) % 2 or len(pairs) > 2:
        raise ValueError(f'`numeric` needs one or two comparisons such as [">", 0, "<=", 5], not {_shown(operand)}')
    for sign, number in pairs:
        if (
            not isinstance(sign, str)
            or sign not in _COMPARE
            or isinstance(number, bool)
            or not isinstance(number, int | float)
        ):
            raise ValueError(f"`numeric` compares by <, <=, >, >= or = with a number, not {_shown([sign, number])}")
    return list(pairs)


def _compares(comparisons: list[tuple[str, float]], *, textual: bool) -> Holds:
    (ask, bound), (ask_too, bound_too) = [(_COMPARE[sign], number) for sign, number in (comparisons * 2)[:2]]

    def holds(value: Any) -> bool:
        kind = type(value)
        if kind is int or kind is float:
            return ask(value, bound) and ask_too(value, bound_too)
        if kind is str and textual:
            try:
                number = float(value)
            except ValueError:
                return False
            return ask(number, bound) and ask_too(number, bound_too)
        return False

    return holds


def _one_of(texts: frozenset[str]) -> Holds:
    return lambda value: type(value) is str and value in texts


def _shown(written: Any) -> str:
    return repr(written)[:100]
