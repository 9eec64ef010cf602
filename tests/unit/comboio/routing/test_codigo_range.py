"""Codigos as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.routing.codigo_range import CodigoRange


@given(st.integers(0, 2**31), st.integers(0, 2**31))
def test_what_is_written_is_read_again(one: int, other: int) -> None:
    """A range comes out of its own text, and a range of one codigo is written as that codigo."""
    found = CodigoRange(min(one, other), max(one, other))
    assert CodigoRange.parse(str(found)) == found
    assert CodigoRange.parse(one) == CodigoRange.parse(str(one)) == CodigoRange(one, one)


@pytest.mark.parametrize(("written", "low", "high"), [("300-399", 300, 399), (" 300 - 399 ", 300, 399), ("007", 7, 7)])
def test_spaces_and_zeros_do_not_matter(written: str, low: int, high: int) -> None:
    """Spaces around the numbers and zeros before them are allowed."""
    assert CodigoRange.parse(written) == (low, high)


@pytest.mark.parametrize("codigo", [299, 300, 310, 311])
def test_both_ends_belong_to_a_range(codigo: int) -> None:
    """The first and the last codigo of a range are in it."""
    assert CodigoRange(300, 310).holds(codigo) == (300 <= codigo <= 310)


@pytest.mark.parametrize("written", ["9-3", "310 - 300"])
def test_an_empty_range_is_refused(written: str) -> None:
    """A range whose ends are the wrong way round is named as empty."""
    with pytest.raises(ValueError, match="is empty"):
        CodigoRange.parse(written)


@pytest.mark.parametrize(
    "written",
    ["", "-", "300-", "-3", "3-4-5", "x", "3.0", "\u00b3", "\u0663", "3\n4", True, None, 3.0, -1, [], "9" * 50],
)
def test_anything_else_is_refused(written: object) -> None:
    """What is neither a number nor two of them with a dash is refused, whatever its type."""
    with pytest.raises(ValueError, match="neither a codigo"):
        CodigoRange.parse(written)
