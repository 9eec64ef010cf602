"""Sets of offsets as ranges of consecutive ones: sorted, apart from each other, both ends included."""

from bisect import bisect_right
from collections.abc import Iterable

Ranges = tuple[tuple[int, int], ...]


def ranges(offsets: Iterable[int]) -> Ranges:
    """The ranges that hold exactly `offsets`."""
    found: list[tuple[int, int]] = []
    for offset in sorted(set(offsets)):
        if found and found[-1][1] == offset - 1:
            found[-1] = (found[-1][0], offset)
        else:
            found.append((offset, offset))
    return tuple(found)


def contains(held: Ranges, offset: int) -> bool:
    """Whether `offset` is in one of the ranges."""
    place = bisect_right(held, offset, key=lambda pair: pair[0]) - 1
    return place >= 0 and offset <= held[place][1]


def union(one: Ranges, other: Ranges) -> Ranges:
    """What is in either."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(one + other):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


def difference(one: Ranges, other: Ranges) -> Ranges:
    """What is in `one` and not in `other`."""
    found: list[tuple[int, int]] = []
    for start, last in one:
        first = start
        for cut_first, cut_last in other:
            if cut_last < first or cut_first > last:
                continue
            if cut_first > first:
                found.append((first, cut_first - 1))
            first = cut_last + 1
        if first <= last:
            found.append((first, last))
    return tuple(found)


def first_missing(held: Ranges, present: set[int]) -> int | None:
    """The lowest offset of the ranges that is not in `present`; looks no further than one past those that are."""
    for first, last in held:
        for offset in range(first, last + 1):
            if offset not in present:
                return offset
    return None


def to_text(held: Ranges) -> str:
    """`100-850,852-852`: how ranges are written in the ledger's item."""
    return ",".join(f"{first}-{last}" for first, last in held)


def from_text(text: str) -> Ranges:
    """The inverse of `to_text`."""
    pairs = (part.split("-") for part in text.split(",") if part)
    return tuple((int(first), int(last)) for first, last in pairs)
