"""Sets of offsets as ranges of consecutive ones: sorted, apart from each other, both ends included.

Every function costs time in proportion to the ranges it is given, never to their product.
"""

from bisect import bisect_right
from collections.abc import Iterable

Ranges = tuple[tuple[int, int], ...]
"""Pairs of the first and the last offset of each range."""


def ranges(offsets: Iterable[int]) -> Ranges:
    """Return the ranges that hold exactly `offsets`."""
    ordered = sorted(offsets)
    if not ordered:
        return ()
    found: list[tuple[int, int]] = []
    first = last = ordered[0]
    for offset in ordered:
        if offset > last + 1:
            found.append((first, last))
            first = offset
        last = offset
    found.append((first, last))
    return tuple(found)


def contains(held: Ranges, offset: int) -> bool:
    """Return whether `offset` is in one of the ranges."""
    place = bisect_right(held, offset, key=lambda pair: pair[0]) - 1
    return place >= 0 and offset <= held[place][1]


def count(held: Ranges) -> int:
    """Return how many offsets the ranges hold."""
    return sum(last - first + 1 for first, last in held)


def union(one: Ranges, other: Ranges) -> Ranges:
    """Return what is in either."""
    if not one or not other:
        return one or other
    found: list[tuple[int, int]] = []
    for first, last in sorted(one + other):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


def difference(one: Ranges, other: Ranges) -> Ranges:
    """Return what is in `one` and not in `other`."""
    if not one or not other:
        return one
    found: list[tuple[int, int]] = []
    cuts = len(other)
    place = 0
    for start, last in one:
        first = start
        while place < cuts and other[place][1] < first:
            place += 1
        ahead = place
        while ahead < cuts and other[ahead][0] <= last and first <= last:
            cut_first, cut_last = other[ahead]
            if cut_first > first:
                found.append((first, cut_first - 1))
            first = cut_last + 1
            ahead += 1
        if first <= last:
            found.append((first, last))
        place = max(place, ahead - 1)
    return tuple(found)


def intersection(one: Ranges, other: Ranges) -> Ranges:
    """Return what is in both."""
    return difference(one, difference(one, other))


def span(held: Ranges) -> Ranges:
    """Return the one range from the lowest offset to the highest."""
    return ((held[0][0], held[-1][1]),) if held else ()


def first_missing(held: Ranges, present: set[int]) -> int | None:
    """Return the lowest offset of the ranges that is not in `present`; look no further than one past those that are."""
    for first, last in held:
        for offset in range(first, last + 1):
            if offset not in present:
                return offset
    return None
