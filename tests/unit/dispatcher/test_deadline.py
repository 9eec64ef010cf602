"""The budget of an invocation: each part ends before the next, and all of it before Lambda's deadline."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.clocks import Clocks
from comboio.invocation import Invocation
from dispatcher.deadline import Budget
from tests.support.dispatcher import NOW


def budget(left_ms: int, margin_s: float, clock: float = 500.0) -> Budget:
    """Return the budget of an invocation with that time left."""
    return Budget.of(Invocation("me", NOW + left_ms), Clocks(lambda: NOW, lambda: clock), margin_s)


@given(st.integers(0, 900_000), st.floats(0, 120))
def test_each_part_ends_before_the_next_and_the_last_before_the_deadline(left_ms: int, margin_s: float) -> None:
    """However short an invocation and however long its margin, sending has half of the time at least, and a tenth of
    what is kept back is left for what no timeout bounds; writes and settlement have as long as each other."""
    found = budget(left_ms, margin_s)
    deadline, kept_s = 500.0 + left_ms / 1000, min(margin_s, left_ms / 2000)
    assert found.sends_end == pytest.approx(deadline - kept_s)
    assert found.end == pytest.approx(deadline - kept_s / 10)
    assert found.writes_end - found.sends_end == pytest.approx(found.end - found.writes_end, abs=1e-6)


def test_an_invocation_that_is_over_has_no_time() -> None:
    """A deadline that has passed leaves nothing, and no part of it is given time that is not there."""
    found = budget(-5_000, 10.0)
    assert (found.sends_end, found.writes_end, found.end) == (500.0, 500.0, 500.0)
    assert found.left_s(found.end) == found.left_s(400.0) == 0.0
    assert budget(60_000, 10.0).left_s(507.5) == 7.5
