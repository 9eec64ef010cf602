"""A line through readings: exact where they lie on one, and never one that begins below nothing."""

import pytest

from bench.plan.fit import line, plane


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


def test_readings_on_a_plane_give_it_back() -> None:
    """30 ms a batch, 100 us a record that is done, 20 us one that is not."""
    sizes = [(100, 0), (1_000, 0), (7_000, 200), (0, 3_000), (500, 2_500)]
    found = plane([(done, vain, 0.03 + 1e-4 * done + 2e-5 * vain) for done, vain in sizes])
    assert found == pytest.approx((0.03, 1e-4, 2e-5))


def test_nothing_of_a_plane_is_below_nothing() -> None:
    """Readings that curve upwards would begin below zero: they rise from zero."""
    begins, done, vain = plane([(1, 0, 1e-6), (10, 0, 1e-4), (0, 10, 2e-5), (0, 20, 4e-5)])
    assert begins == 0.0
    assert done > 0
    assert vain == pytest.approx(2e-6)


def test_batches_of_one_kind_are_no_plane() -> None:
    """Without one that was in vain, nothing says what such a one costs."""
    with pytest.raises(ValueError, match="one kind"):
        plane([(10, 0, 1.0), (20, 0, 2.0), (30, 0, 4.0)])
