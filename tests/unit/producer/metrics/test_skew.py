"""Skew: 1 when even, the number of partitions when one has it all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.metrics.skew import by_topic, skew


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=20).filter(any))
def test_it_is_between_even_and_all_on_one(counts: list[int]) -> None:
    """Whatever the counts."""
    assert 1 - 1e-9 <= skew(counts) <= len(counts) + 1e-9


def test_empty_partitions_count() -> None:
    """A partition that never got anything is in the mean."""
    assert skew([10, 10], partitions=4) == 2
    assert skew([0, 0]) == 0


def test_topics_may_have_dashes() -> None:
    """Only the last one is before the partition."""
    assert by_topic({"mt-c400-0": 1, "mt-c400-11": 2, "x-0": 3}) == {"mt-c400": [1, 2], "x": [3]}
    assert skew(by_topic({"mt-c400-0": 1, "mt-c400-11": 2})["mt-c400"]) == pytest.approx(4 / 3)
