"""The words of a pattern that ask for a number, and the numbers that a text writes."""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from types import MappingProxyType
from typing import Any

from comboio.routing.patterns.text_operator import Holds

_COMPARE: Mapping[str, Callable[[float, float], bool]] = MappingProxyType(
    {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq}
)

_WRITTEN = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
"""A number as JSON writes it, but for zeros before it. What Python reads beside it (`nan`, `1_000`) is a text."""

_LONGEST = 100
"""Characters of a number that a header or a key may write."""


def number_in(text: str) -> float | None:
    """Return the number that a text writes; None if it writes none."""
    return float(text) if len(text) <= _LONGEST and _WRITTEN.fullmatch(text) else None


def comparisons(operand: Any) -> list[tuple[str, float]]:
    """Read the operand of `numeric`.

    Raises:
        ValueError: it is none, or no number is as it says.
    """
    pairs = list(zip(operand[::2], operand[1::2], strict=False)) if isinstance(operand, list | tuple) else []
    if not pairs or len(operand) % 2 or len(pairs) > 2:
        raise ValueError(f'`numeric` needs one or two comparisons such as [">", 0, "<=", 5], not {_shown(operand)}')
    for sign, number in pairs:
        if not isinstance(sign, str) or sign not in _COMPARE or not is_number(number):
            raise ValueError(f"`numeric` compares by <, <=, >, >= or = with a number, not {_shown([sign, number])}")
    low, high = max(map(_low, pairs)), min(map(_high, pairs))
    if low[0] > high[0] or (low[0] == high[0] and (low[1] or not high[1])):
        raise ValueError(f"`numeric` {_shown(operand)} never holds. Write bounds with numbers between them")
    return list(pairs)


def is_number(written: Any) -> bool:
    """Return whether something is a number that another can be compared with; a boolean is none, and no infinity."""
    return type(written) is int or (type(written) is float and isfinite(written))


def compares(pairs: Sequence[tuple[str, float]], *, textual: bool) -> Holds:
    """Return what compares a value; of a `textual` field, with the number that it writes."""
    (ask, bound), (ask_too, bound_too) = [(_COMPARE[sign], number) for sign, number in (*pairs, *pairs)[:2]]

    def holds(value: Any) -> bool:
        kind = type(value)
        if kind is int or kind is float:
            return ask(value, bound) and ask_too(value, bound_too)
        if kind is str and textual:
            number = number_in(value)
            return number is not None and ask(number, bound) and ask_too(number, bound_too)
        return False

    return holds


def _low(pair: tuple[str, float]) -> tuple[float, bool]:
    """Return the lower bound, and whether it is left out."""
    sign, number = pair
    return (float("-inf"), False) if sign[0] == "<" else (number, sign == ">")


def _high(pair: tuple[str, float]) -> tuple[float, bool]:
    """Return the upper bound, and whether it is taken."""
    sign, number = pair
    return (float("inf"), True) if sign[0] == ">" else (number, sign != "<")


def _shown(written: Any) -> str:
    return repr(written)[:100]
