"""Which faults use an attempt, and which attempt is the last."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.attempts import dead_after, uses_attempt
from dispatcher.fault import HELD
from tests.support.dispatcher import EXCUSED, PERMANENT, THROTTLED, TRANSIENT


def test_only_a_failure_of_its_own_uses_an_attempt() -> None:
    """A record that was not sent, or that a destination in trouble refused, keeps its attempts."""
    assert [uses_attempt(fault) for fault in (HELD, EXCUSED, THROTTLED)] == [False] * 3
    assert [uses_attempt(fault) for fault in (TRANSIENT, PERMANENT)] == [True] * 2


@given(st.integers(1, 1000), st.integers(1, 1000))
def test_a_record_is_dead_after_its_last_attempt_and_not_before(attempts: int, most: int) -> None:
    """The attempt with the number of the route's maximum is the last one."""
    assert (dead_after(TRANSIENT, attempts, most) == "attempts_exhausted") is (attempts >= most)


@pytest.mark.parametrize("attempts", [1, 999])
def test_a_message_that_is_refused_for_good_is_dead_at_once(attempts: int) -> None:
    """No further attempt could succeed, so none is made."""
    assert dead_after(PERMANENT, attempts, 1_000) == "permanent"
