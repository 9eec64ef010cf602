"""Lag is what came in and did not go out, and it goes at the rate that is left over."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.sizing.lag import backlog, drained


def test_an_outage_of_an_hour() -> None:
    """10,000 a second for an hour is 36 million; with 20,000 a second to spare it is gone half an hour later."""
    lag = backlog(10_000, 0, 3600, 10_000, [0.1] * 10, 30_000, 30_000)
    assert lag.records == pytest.approx(36_000_000)
    assert lag.drained_s == pytest.approx(1_800)
    assert lag.seconds == pytest.approx(3600)


def test_the_hottest_partition_drains_last() -> None:
    """Half of the traffic on one partition: it has half of the backlog, and only itself to work it off."""
    lag = backlog(10_000, 0, 60, 10_000, [0.5, 0.25, 0.25], 6_000, 100_000)
    assert lag.bound_by == "the hottest partition"
    assert lag.drained_s == pytest.approx(300_000 / 1_000)


def test_a_partition_that_is_too_hot_never_drains() -> None:
    """What comes in faster than one partition goes out is a lag that grows for ever."""
    assert backlog(10_000, 0, 60, 10_000, [0.9, 0.1], 6_000, 100_000).drained_s is None


def test_no_backlog_is_nothing() -> None:
    """A rate that everything keeps up with leaves no lag."""
    lag = backlog(100, 100, 300, 100, [0.5, 0.5], 1_000, 2_000)
    assert (lag.records, lag.drained_s, lag.bound_by) == (0, 0, "nothing")


@given(behind=st.floats(0, 1e9), rate=st.floats(0, 1e6), more=st.floats(1, 1e6))
def test_draining_ends_when_what_is_left_over_has_taken_it(behind: float, rate: float, more: float) -> None:
    """In the time that it says, what goes out is what was behind and what came meanwhile."""
    seconds = drained(behind, rate, rate + more)
    assert seconds is not None
    assert seconds * (rate + more) == pytest.approx(behind + seconds * rate, rel=1e-3, abs=1e-3)
