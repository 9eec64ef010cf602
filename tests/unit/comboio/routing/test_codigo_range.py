"""Codigos as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.routing.codigo_range import CodigoRange, parse_codigos


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


@pytest.mark.parametrize(
    "written", ["30O-399", "300-39l", " 3OO - 1299", "300-3o9", "300-39q", "3e0-399", "1000-1O99", "1I-20"]
)
def test_a_range_with_a_letter_for_a_digit_is_refused(written: str) -> None:
    """Taken for a code that is a text, it would take no message, and those of the range would go elsewhere."""
    with pytest.raises(ValueError, match=r"looks like a range of codigos .* has '[A-Za-z]' for"):
        parse_codigos(written)


@pytest.mark.parametrize(
    "written",
    ["VEHICLE_STOP", "4XX", "2FA", "3 M", "E-300", "P0300-22", "OBD2-300", "I-95", "5W-30", "10W-40", "300-A",
     "300-ABS", "300-3GP", "300-399-O", "30O", "3O-3O"],
)  # fmt: skip
def test_a_code_with_a_dash_and_digits_may_be_a_text(written: str) -> None:
    """What nobody would write as a range is the text that it is."""
    assert parse_codigos(written) == written
