"""Ranges of offsets behave as the sets they stand for."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from comboio.ledger.offsets import (
    Ranges,
    contains,
    count,
    difference,
    first_missing,
    intersection,
    ranges,
    span,
    union,
)

OFFSETS = st.sets(st.integers(0, 12)) | st.sets(st.integers(0, 60))
"""Some that lie close together, and some with gaps between them."""


def members(held: Ranges) -> set[int]:
    """Return the offsets that ranges hold."""
    return {offset for first, last in held for offset in range(first, last + 1)}


def tidy(held: Ranges) -> bool:
    """Whether ranges are sorted, apart from each other and none is empty."""
    return all(first <= last for first, last in held) and all(one[1] + 1 < other[0] for one, other in pairwise(held))


@given(OFFSETS, OFFSETS)
def test_union_and_difference_are_those_of_sets(one: set[int], other: set[int]) -> None:
    """Whatever is put together or taken away, ranges and sets agree, and the ranges stay tidy."""
    held, cut = ranges(one), ranges(other)
    assert members(held) == one and tidy(held)
    assert members(union(held, cut)) == one | other and tidy(union(held, cut))
    assert members(difference(held, cut)) == one - other and tidy(difference(held, cut))
    assert members(intersection(held, cut)) == one & other and tidy(intersection(held, cut))
    assert count(held) == len(one)
    assert span(held) == (((min(one), max(one)),) if one else ())


@given(st.lists(st.integers(0, 12)))
def test_offsets_may_come_in_any_order_and_more_than_once(offsets: list[int]) -> None:
    """The ranges of a delivery are those of the set of its offsets."""
    assert ranges(offsets) == ranges(set(offsets)) and members(ranges(offsets)) == set(offsets)
    assert tidy(ranges(offsets))


@example({1, 2, 3, 6}, 2)
@given(OFFSETS, st.integers(0, 13) | st.integers(0, 61))
def test_contains_is_that_of_sets(offsets: set[int], offset: int) -> None:
    """An offset is in the ranges when it is in the set."""
    assert contains(ranges(offsets), offset) == (offset in offsets)


@given(OFFSETS, OFFSETS)
def test_the_first_missing_is_the_lowest_not_there(held: set[int], present: set[int]) -> None:
    """The lowest offset of the ranges that is not present is found, or None."""
    assert first_missing(ranges(held), present) == min(held - present, default=None)


@pytest.mark.robustness("clocks, gaps and recreated topics")
def test_a_long_range_is_not_walked() -> None:
    """A range of a million million offsets costs no more than what is present of it."""
    assert first_missing(((0, 10**12),), {0, 1}) == 2
    assert difference(((0, 10**12),), ((5, 10**12),)) == ((0, 4),)


class Counted(int):
    """An offset that counts how often it is compared."""

    compared = 0

    def __lt__(self, other: int) -> bool:
        Counted.compared += 1
        return int(self) < int(other)

    def __le__(self, other: int) -> bool:
        Counted.compared += 1
        return int(self) <= int(other)

    def __gt__(self, other: int) -> bool:
        Counted.compared += 1
        return int(self) > int(other)

    def __ge__(self, other: int) -> bool:
        Counted.compared += 1
        return int(self) >= int(other)


def test_the_cost_grows_with_the_ranges_and_not_with_their_square() -> None:
    """Twice as many ranges with gaps between them need about twice as many comparisons, whatever is computed."""

    def comparisons(number: int) -> int:
        one = tuple((Counted(4 * place), Counted(4 * place + 1)) for place in range(number))
        other = tuple((Counted(4 * place + 1), Counted(4 * place + 2)) for place in range(number))
        Counted.compared = 0
        difference(one, other)
        difference(((Counted(0), Counted(4 * number)),), other)
        difference(one, ((Counted(0), Counted(4 * number)),))
        union(one, other)
        return Counted.compared

    assert comparisons(2_000) < 2.5 * comparisons(1_000) < 2.5 * 1_000 * 40
