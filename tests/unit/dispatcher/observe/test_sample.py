"""The sample that keeps a distribution."""

from hypothesis import given
from hypothesis import strategies as st

from dispatcher.observe.metrics import sample

VALUES = st.lists(st.floats(0, 1e6), max_size=400)


@given(VALUES, st.integers(2, 100))
def test_a_sample_is_bounded_and_has_both_ends(values: list[float], most: int) -> None:
    """No more than asked for, all of them from the values, and never without the smallest and the largest."""
    found = sample(values, most)
    assert len(found) == min(len(values), most)
    assert set(found) <= set(values)
    if values:
        assert (found[0], found[-1]) == (min(values), max(values))


def test_quantiles_survive() -> None:
    """The median and the 99th percentile of the sample are those of all, to a fiftieth."""
    found = sample(float(value) for value in range(10_000))
    assert abs(found[len(found) // 2] - 5_000) <= 200
    assert found[-2] >= 9_700
