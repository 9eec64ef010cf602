"""Distributions: each value in one bucket, and the newest ones to take."""

from hypothesis import given
from hypothesis import strategies as st

from consumer.observe.distribution import NEWEST, Distribution


@given(st.lists(st.integers(0, 20)))
def test_each_value_is_in_the_bucket_of_its_bound(values: list[int]) -> None:
    """A value that equals a bound is within it, as Prometheus's `le` says; what is above all has a bucket too."""
    distribution = Distribution((1, 5, 10))
    for value in values:
        distribution.add(value)
    below = [sum(value <= bound for value in values) for bound in (1, 5, 10)]
    assert [sum(distribution.counts[: number + 1]) for number in range(3)] == below
    assert (sum(distribution.counts), distribution.total) == (len(values), sum(values))


def test_the_newest_values_are_given_once() -> None:
    """No more than CloudWatch takes, and nothing twice."""
    distribution = Distribution((1,))
    for value in range(NEWEST + 5):
        distribution.add(value)
    assert distribution.take() == list(range(5, NEWEST + 5))
    assert distribution.take() == []
