"""The words of a pattern that ask for a text: prefix, suffix, equals-ignore-case, wildcard, cidr."""

import re
from collections.abc import Callable, Sequence
from ipaddress import ip_network
from typing import Any

from comboio.routing.patterns.address import address

Holds = Callable[[Any], bool]
"""Returns whether a value, or MISSING, is as a pattern says."""

_IGNORE_CASE = "equals-ignore-case"

_PART = re.compile(r"\\(.)|(\*)|([^\\*]+)", re.DOTALL)
"""An escaped character, a star, or text between them."""


def text_operator(word: str, operand: Any) -> Holds:
    """Return what a word asks of a value.

    Raises:
        ValueError: the operand is none of the word's.
    """
    if word in ("prefix", "suffix") and isinstance(operand, dict) and operand.keys() == {_IGNORE_CASE}:
        return _affix(word, _text(_IGNORE_CASE, operand[_IGNORE_CASE]).casefold(), str.casefold)
    operand = _text(word, operand)
    if word in ("prefix", "suffix"):
        return _affix(word, operand, str)
    if word == _IGNORE_CASE:
        folded = operand.casefold()
        return lambda value: type(value) is str and value.casefold() == folded
    return _wildcard(wildcard_parts(operand)) if word == "wildcard" else _inside(operand)


def one_of(texts: frozenset[str]) -> Holds:
    """Return what takes these texts."""
    return lambda value: type(value) is str and value in texts


def wildcard_parts(written: str) -> list[str]:
    r"""Return the texts between the stars of a wildcard; `\*` is a star and `\\` a backslash.

    Raises:
        ValueError: it has two stars in a row, or a backslash before something else.
    """
    parts, place, star = [""], 0, False
    while place < len(written):
        found = _PART.match(written, place)
        if found is None or (found[1] is not None and found[1] not in "*\\"):
            raise ValueError(rf"`wildcard` {written!r} has a backslash that escapes nothing. Write \\ or \*")
        if found[2] is None:
            parts[-1] += found[1] or found[3]
        elif star:
            raise ValueError(f"`wildcard` {written!r} has two stars in a row. One stands for any text")
        else:
            parts.append("")
        place, star = found.end(), found[2] is not None
    return parts


def _text(word: str, operand: Any) -> str:
    if not isinstance(operand, str) or not operand:
        raise ValueError(f"`{word}` needs a text, not {repr(operand)[:100]}")
    return operand


def _affix(word: str, affix: str, fold: Callable[[str], str]) -> Holds:
    if word == "prefix":
        return lambda value: type(value) is str and fold(value).startswith(affix)
    return lambda value: type(value) is str and fold(value).endswith(affix)


def _wildcard(parts: Sequence[str]) -> Holds:
    """Look for each part once, from left to right: no text makes it slow, as it could a regular expression."""
    if len(parts) == 1:
        return one_of(frozenset(parts))
    first, *middle, last = parts

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


def _inside(operand: str) -> Holds:
    try:
        network = ip_network(operand)
    except ValueError as error:
        raise ValueError(f"`cidr`: {error}. Write an address range such as 10.0.0.0/24") from None

    def inside(value: Any) -> bool:
        found = address(value) if type(value) is str else None
        return found is not None and found in network

    return inside
