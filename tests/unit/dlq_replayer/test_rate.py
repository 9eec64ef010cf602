"""Letters go at the rate that was asked for."""

from hypothesis import given
from hypothesis import strategies as st

from dlq_replayer.rate import LetterRate


@given(st.floats(0.1, 1000), st.lists(st.integers(1, 50), min_size=1, max_size=30))
def test_over_any_time_no_more_than_the_rate_goes(per_s: float, batches: list[int]) -> None:
    """A caller that waits as it is told sends a second's worth (one letter at least) at once, and then the rate."""
    rate, now, gone = LetterRate(per_s, 0.0), 0.0, 0
    for batch in batches:
        now += rate.wait_s(batch, now)
        gone += batch
        assert gone <= max(1.0, per_s) + per_s * now + 1e-6 * gone


def test_without_a_rate_nobody_waits() -> None:
    """Where no rate is asked for, letters go without a wait, and together without a limit."""
    rate = LetterRate(None, 0.0)
    assert rate.wait_s(10_000, 0.0) == 0.0
    assert rate.max_together is None


def test_at_most_a_second_s_worth_goes_together() -> None:
    """A batch has at most as many letters as go in a second, and at least one."""
    assert [LetterRate(rate, 0.0).max_together for rate in (0.2, 1.0, 7.9)] == [1, 1, 7]
