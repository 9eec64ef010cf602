"""By which values of a field a pattern can be found, so that it need not be asked of every message."""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import chain
from math import inf
from typing import Any, NamedTuple

from comboio.routing.patterns.address import address
from comboio.routing.patterns.number import number_in
from comboio.routing.patterns.stretches import Span, Stretches
from comboio.routing.patterns.text_operator import wildcard_parts

Network = IPv4Network | IPv6Network
Find = Callable[[Any], int]
"""Returns the places in the table that come into question for a value, as bits: bit 0 is the first."""


class Lookup(NamedTuple):
    """What a value must be, at least, for a pattern to hold: one of these. The pattern itself is asked afterwards."""

    texts: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    folded: tuple[str, ...] = ()
    """Texts in whatever case."""
    spans: tuple[Span, ...] = ()
    networks: tuple[Network, ...] = ()

    @property
    def exact(self) -> bool:
        """Return whether it names whole texts, by which the fewest come into question."""
        return bool(self.texts) and not any(self[1:])


def lookup_of(elements: Sequence[Any]) -> Lookup | None:
    """Return by what a pattern's elements, in their long form, can be found; None if one of them cannot be."""
    each = [_of_element(element) for element in elements]
    known = [one for one in each if one is not None]
    if len(known) < len(each):
        return None
    columns: Any = zip(*known, strict=True)
    return Lookup(*(tuple(chain.from_iterable(column)) for column in columns))


def index(lookups: Sequence[tuple[int, Lookup]], *, textual: bool) -> Find:
    """Return what finds the places whose pattern may hold. `textual` says that numbers stand in the field as text."""
    texts: dict[str, int] = {}
    folded: dict[str, int] = {}
    starts: dict[int, dict[str, int]] = {}
    ends: dict[int, dict[str, int]] = {}
    for place, lookup in lookups:
        for text in lookup.texts:
            texts[text] = texts.get(text, 0) | 1 << place
        for text in lookup.folded:
            folded[text] = folded.get(text, 0) | 1 << place
        for affixes, by_length in ((lookup.prefixes, starts), (lookup.suffixes, ends)):
            for affix in affixes:
                of_length = by_length.setdefault(len(affix), {})
                of_length[affix] = of_length.get(affix, 0) | 1 << place
    spans = [(place, span) for place, lookup in lookups for span in lookup.spans]
    by_number = Stretches(spans).at if spans else None
    by_address = _by_address([(place, network) for place, lookup in lookups for network in lookup.networks])
    prefixes, suffixes = list(starts.items()), list(ends.items())

    def find(value: Any) -> int:
        kind = type(value)
        if kind is str:
            found = texts.get(value, 0)
            for length, of_length in prefixes:
                found |= of_length.get(value[:length], 0)
            for length, of_length in suffixes:
                found |= of_length.get(value[-length:], 0)
            if folded:
                found |= folded.get(value.casefold(), 0)
            if by_address is not None:
                found |= by_address(value)
            if textual and by_number is not None and (number := number_in(value)) is not None:
                found |= by_number(number)
            return found
        return by_number(value) if by_number is not None and (kind is int or kind is float) else 0

    return find


def _by_address(networks: Sequence[tuple[int, Network]]) -> Callable[[str], int] | None:
    if not networks:
        return None
    spans: dict[int, list[tuple[int, Span]]] = {4: [], 6: []}
    for place, network in networks:
        ends = Span(int(network.network_address), int(network.broadcast_address))
        spans[network.version].append((place, ends))
    by_version = {version: Stretches(found).at for version, found in spans.items()}

    def find(value: str) -> int:
        found = address(value)
        return by_version[found.version](int(found)) if found is not None else 0

    return find


def _of_element(element: Any) -> Lookup | None:
    if isinstance(element, bool):
        return None
    if isinstance(element, str):
        return Lookup(texts=(element,))
    if isinstance(element, int | float):
        return Lookup(spans=(Span(element, element),))
    ((word, operand),) = element.items()
    if word in ("prefix", "suffix") and isinstance(operand, dict):  # in any case
        return None
    if word == "prefix":
        return Lookup(prefixes=(operand,))
    if word == "suffix":
        return Lookup(suffixes=(operand,))
    if word == "numeric":
        return Lookup(spans=(_span(list(zip(operand[::2], operand[1::2], strict=True))),))
    if word == "equals-ignore-case":
        return Lookup(folded=(operand.casefold(),))
    if word == "cidr":
        return Lookup(networks=(ip_network(operand),))
    if word == "wildcard":
        return _of_wildcard(operand)
    return None


def _of_wildcard(operand: str) -> Lookup | None:
    parts = wildcard_parts(operand)
    first, last = parts[0], parts[-1]
    if len(parts) == 1:
        return Lookup(texts=(first,))
    if first:
        return Lookup(prefixes=(first,))
    return Lookup(suffixes=(last,)) if last else None


def _span(comparisons: Sequence[tuple[str, float]]) -> Span:
    low, high = -inf, inf
    for sign, number in comparisons:
        low = max(low, number) if sign[0] != "<" else low
        high = min(high, number) if sign[0] != ">" else high
    return Span(low, high)
