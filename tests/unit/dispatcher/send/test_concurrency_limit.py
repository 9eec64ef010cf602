"""How many calls a destination gets at a time."""

from hypothesis import given
from hypothesis import strategies as st

from dispatcher.pace import Pace


@given(st.integers(1, 64), st.lists(st.booleans(), max_size=60))
def test_it_stays_between_one_and_the_most(most: int, answers: list[bool]) -> None:
    """Whatever is answered, at least one call may go, and never more than the most."""
    pace = Pace(most)
    for now, good in enumerate(answers):
        pace.answered() if good else pace.throttled(float(now))
        assert 1 <= pace.limit <= most


def test_a_throttle_halves_it_once() -> None:
    """Calls that are throttled together ask once; later ones ask again."""
    pace = Pace(16)
    for _ in range(10):
        pace.throttled(1.0)
    assert pace.limit == 8
    pace.throttled(1.2)
    assert pace.limit == 4


def test_it_grows_back() -> None:
    """About one call more for each round of good answers, up to the most."""
    pace = Pace(8)
    pace.throttled(0.0)
    for _ in range(5):
        pace.answered()
    assert pace.limit == 5
    for _ in range(100):
        pace.answered()
    assert pace.limit == 8
