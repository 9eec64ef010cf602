"""Lag is never below what is known to wait."""

import pytest

from consumer.observe.stats import lag


@pytest.mark.parametrize(
    ("high", "seen", "committed", "expected"),
    [
        (10, 4, 4, 6),
        (3, 9, 4, 5),
        (None, 9, 4, 5),
        (10, None, 4, 6),
        (10, 9, None, None),
        (-1, None, 4, None),
        (3, 3, 5, 0),
    ],
)
def test_lag_is_to_the_furthest_end_known(
    high: int | None, seen: int | None, committed: int | None, expected: int | None
) -> None:
    """The end is the watermark or what was fetched, whichever is further; unknown stays unknown; never negative."""
    assert lag(high, seen, committed) == expected
