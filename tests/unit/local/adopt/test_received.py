"""What counts as missing, and what as not sent so."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from local.adopt.received import foreign, missing, text

COUNTS = st.lists(st.sampled_from("abc"), max_size=6).map(Counter)


@given(COUNTS, COUNTS)
def test_only_equal_contents_are_sound(expected: Counter[str], found: Counter[str]) -> None:
    """Nothing is missing and nothing is foreign exactly where the same messages arrived as often as they were sent."""
    assert (missing(expected, found) == 0 and foreign(expected, found) == 0) == (expected == found)
    assert missing(expected, found) == foreign(found, expected)


def test_text_compares_by_content() -> None:
    """The order of fields means nothing, and a text is not the number that it writes."""
    assert text({"a": 1, "b": "é"}) == text({"b": "é", "a": 1})
    assert text("1") != text(1)
