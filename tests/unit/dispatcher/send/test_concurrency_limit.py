"""How many calls a destination gets at a time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.send.concurrency_limit import ConcurrencyLimit


@given(st.integers(1, 64), st.lists(st.booleans(), max_size=60))
def test_it_stays_between_one_and_the_most(most: int, answers: list[bool]) -> None:
    """Whatever is answered, at least one call may go, and never more than the most."""
    limit = ConcurrencyLimit(most)
    for now, good in enumerate(answers):
        limit.answered() if good else limit.throttled(float(now))
        assert 1 <= limit.limit <= most


@pytest.mark.robustness("destinations that are down, throttle, hang or raise")
def test_a_throttle_halves_it_once() -> None:
    """Calls that are throttled together ask once; later ones ask again."""
    limit = ConcurrencyLimit(16)
    for _ in range(10):
        limit.throttled(1.0)
    assert limit.limit == 8
    limit.throttled(1.2)
    assert limit.limit == 4


def test_it_grows_back() -> None:
    """About one call more for each round of good answers, up to the most."""
    limit = ConcurrencyLimit(8)
    limit.throttled(0.0)
    for _ in range(5):
        limit.answered()
    assert limit.limit == 5
    for _ in range(100):
        limit.answered()
    assert limit.limit == 8
