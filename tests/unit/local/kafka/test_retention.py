"""A run is warned before the broker discards what it has not read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.kafka.retention import RetentionError, Window, require_safe

offsets = st.integers(min_value=0, max_value=10**9)


def window(low: int, high: int, committed: int) -> Window:
    return Window("mt-c400", 3, low, high, committed)


@given(high=offsets, committed=offsets)
def test_nothing_is_endangered_before_discarding_begins(high: int, committed: int) -> None:
    """While a partition still holds its first record, any lag is safe."""
    require_safe([window(0, high, min(committed, high))])


@given(low=st.integers(min_value=1, max_value=10**9), held=st.integers(min_value=1, max_value=10**6), data=st.data())
def test_a_loss_is_never_passed_over(low: int, held: int, data: st.DataObject) -> None:
    """Whoever is behind the oldest record that is left has lost records, and is told."""
    committed = data.draw(st.integers(min_value=0, max_value=low - 1))
    with pytest.raises(RetentionError, match="mt-c400-3"):
        require_safe([window(low, low + held, committed)])


@given(low=st.integers(min_value=1, max_value=10**9), held=offsets)
def test_a_group_that_has_read_all_is_safe(low: int, held: int) -> None:
    """Discarding what has been read is what retention is for."""
    require_safe([window(low, low + held, low + held)])


@pytest.mark.parametrize(("committed", "safe"), [(1199, False), (1200, True)])
def test_the_warning_comes_a_fifth_of_the_window_early(committed: int, safe: bool) -> None:
    """A run stops while what it has not read is still there."""
    assert window(1000, 2000, committed).endangered is not safe
