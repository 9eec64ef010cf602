"""Pareto weights: 80% from 20%, by measure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.source.pareto import pareto_weights, top_share, zipf_weights


@given(st.integers(5, 500))
def test_a_fifth_of_the_codes_has_four_fifths_of_the_traffic(count: int) -> None:
    """For any number of codes."""
    weights = pareto_weights(count)
    assert top_share(weights, 0.2) == pytest.approx(0.8, abs=1e-6)
    assert sum(weights) == pytest.approx(1)
    assert weights == sorted(weights, reverse=True)


def test_one_code_has_it_all() -> None:
    """Nothing to share."""
    assert pareto_weights(1) == [1.0]


@pytest.mark.robustness("source files that change, end badly or hold nonsense")
@pytest.mark.parametrize(("count", "share"), [(0, 0.8), (10, 0.1), (10, 1.0)])
def test_what_cannot_be_is_refused(count: int, share: float) -> None:
    """No codes, or a share that no weights give."""
    with pytest.raises(ValueError, match="code"):
        pareto_weights(count, share)


def test_no_exponent_is_equal_shares() -> None:
    """Zipf's law at exponent 0."""
    assert zipf_weights(4, 0) == [0.25] * 4
