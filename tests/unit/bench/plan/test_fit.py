"""A line through readings: exact where they lie on one, and never one that begins below nothing."""

import pytest

from bench.plan.fit import line


def test_readings_on_a_line_give_it_back() -> None:
    """30 ms a batch and 20 us a message."""
    begins, rises = line([(n, 0.03 + 20e-6 * n) for n in (100, 1_000, 10_000)])
    assert (begins, rises) == pytest.approx((0.03, 20e-6))


def test_a_batch_never_costs_less_than_nothing() -> None:
    """Readings that curve upwards would begin below zero; the best line from zero rises less than theirs."""
    begins, rises = line([(1, 1e-6), (10, 1e-4)])
    assert begins == 0.0
    assert 1e-6 < rises < 1e-5, "between what a message takes in either"


def test_one_size_is_no_line() -> None:
    """Batches of one size cannot tell a batch's cost from a message's."""
    with pytest.raises(ValueError, match="one size"):
        line([(10, 1.0), (10, 2.0)])
