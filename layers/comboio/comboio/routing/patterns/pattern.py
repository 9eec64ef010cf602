"""What a field must be, in the words of EventBridge's event patterns.

A pattern is a list, of which one element must hold: a text, a number, a boolean, or one of `{prefix = ...}`,
`{suffix = ...}`, `{equals-ignore-case = ...}`, `{wildcard = ...}`, `{anything-but = ...}`, `{cidr = ...}`,
`{numeric = [">", 0, "<=", 5]}`, `{exists = true}`. A field that is an array holds if one of its elements does. Source:
EventBridge user guide, "Comparison operators for use in event patterns", and the README of aws/event-ruler.

Short forms for tables: a single element needs no list, and `"prefix:BR-"`, `"suffix:.br"`, `"wildcard:*-7"` and
`">120"` are what they say.

The consumer's FilterCriteria (`consumer/filtering/pattern.py`) are EventBridge-like too and not of this module: Lambda
compares numbers by their text, nests patterns and has fewer operators, and what imitates it must not follow a table.
Where both have a word they agree, but for what `tests/unit/consumer/filtering/test_both_languages.py` lists.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from comboio.message.field_path import MISSING
from comboio.routing.patterns.lookup import Lookup, lookup_of
from comboio.routing.patterns.number import compares, comparisons, is_number
from comboio.routing.patterns.text_operator import Holds, one_of, text_operator

SHORT = re.compile(r"(prefix|suffix|wildcard|equals-ignore-case):(.+)", re.DOTALL)
_COMPARISON = re.compile(r"(<=|>=|<|>|=)\s*(-?[0-9]{1,18}(?:\.[0-9]{1,9})?)", re.ASCII)
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
    elements = [*map(_no_short_form, written)] if isinstance(written, list | tuple) else [_long(written)]
    if not elements:
        raise ValueError("an empty list never holds. Name what the field may be")
    tests = [_element(element, textual=textual) for element in elements]
    exact = [str(e) if isinstance(e, str) else None for e in elements]
    literals = frozenset(text for text in exact if text is not None) if None not in exact else None
    if literals is not None:
        tests = [one_of(literals)]
    holds_one = tests[0] if len(tests) == 1 else _any_of(tests)

    def holds(value: Any) -> bool:
        return any(map(holds_one, elements_of(value) or (value,)))

    return Pattern(holds, holds_one, lookup_of(elements), _shown(written), repr(written))


def elements_of(value: Any) -> list[Any]:
    """Return the elements of an array, and of the arrays in it; nothing of what is no array."""
    found: list[Any] = []
    wanted = [value] if type(value) is list else []
    while wanted:
        for each in wanted.pop():
            (wanted if type(each) is list else found).append(each)
    return found


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


def _no_short_form(element: Any) -> Any:
    """Return an element of a list, where a short form would be taken for the text itself and never hold."""
    if isinstance(element, str) and (SHORT.fullmatch(element) or _COMPARISON.fullmatch(element)):
        ((word, operand),) = _long(element).items()
        raise ValueError(
            f"{_shown(element)} is a text within a list. Write {{ {word} = {_shown(operand)} }} there, or "
            f"{{ wildcard = ... }} for the text itself"
        )
    return element


def _element(element: Any, *, textual: bool) -> Holds:
    if isinstance(element, bool):
        if textual:
            return one_of(frozenset({str(element).lower()}))
        return lambda value: value is element
    if is_number(element):
        return compares([("=", element)], textual=textual)
    if isinstance(element, str):
        return one_of(frozenset({element}))
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
        return compares(comparisons(operand), textual=textual)
    if word == "anything-but":
        return _anything_but(operand, textual=textual)
    return text_operator(word, operand)


def _anything_but(operand: Any, *, textual: bool) -> Holds:
    """Return what holds for any value but these; an object or an array is no value."""
    elements = list(operand) if isinstance(operand, list | tuple) else [operand]
    if len(elements) == 1 and isinstance(elements[0], dict) and len(elements[0]) == 1:
        ((word, listed),) = elements[0].items()
        if isinstance(listed, list | tuple):
            elements = [{word: each} for each in listed]
    if not elements or any(isinstance(each, dict) and _NOT_IN_ANYTHING_BUT & each.keys() for each in elements):
        raise ValueError(f"`anything-but` needs texts, numbers or one of prefix, suffix, ..., not {_shown(operand)}")
    tests = [_element(each, textual=textual) for each in elements]
    return lambda value: (
        value is not MISSING and type(value) not in (dict, list) and not any(test(value) for test in tests)
    )


def _shown(written: Any) -> str:
    return repr(written)[:100]
