"""Times as the contract writes them."""

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from producer.iso_time import iso_utc


@given(st.integers(0, 4_000_000_000_000))
def test_the_text_is_the_time(ms: int) -> None:
    """Any ISO reader gets the very millisecond back."""
    assert round(datetime.fromisoformat(iso_utc(ms)).timestamp() * 1000) == ms


def test_milliseconds_are_always_three_digits() -> None:
    """Sorting by text is sorting by time."""
    assert iso_utc(1_795_359_600_005) == "2026-11-22T15:00:00.005Z"
