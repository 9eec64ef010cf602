"""Pollers and their units, by the limits that AWS documents."""

import pytest

from plan.sizing.pollers import count, pollers, units


@pytest.mark.parametrize(
    ("bytes_per_s", "busy", "expected"),
    [(0, 0, 1), (5_000_000, 0, 1), (5_000_001, 0, 2), (1, 5, 1), (1, 5.1, 2), (20_000_000, 30, 6)],
)
def test_a_poller_does_5_mb_or_5_invocations(bytes_per_s: float, busy: float, expected: int) -> None:
    """Whichever comes first needs the next poller."""
    assert count(bytes_per_s, busy) == expected


def test_no_poller_is_without_a_partition() -> None:
    """A topic of three partitions has three pollers at most, and never more at least than at most."""
    bounds = pollers(5, 20, 3)
    assert (bounds.minimum, bounds.maximum) == (3, 3)


@pytest.mark.parametrize(("number", "bytes_per_s", "expected"), [(1, 0, 1), (10, 0, 1), (11, 0, 2), (3, 41e6, 3)])
def test_a_unit_has_ten_pollers_or_20_mb(number: int, bytes_per_s: float, expected: int) -> None:
    """Whichever comes first is billed."""
    assert units(number, bytes_per_s) == expected
