"""Letters go at the rate that was asked for."""

from hypothesis import given
from hypothesis import strategies as st

from dlq_replayer.rate import Pace


@given(st.floats(0.1, 1000), st.lists(st.integers(1, 50), min_size=1, max_size=30))
def test_over_any_time_no_more_than_the_rate_goes(rate: float, batches: list[int]) -> None:
    """Whoever waits as told takes a second's worth (one letter at least) at once, and then the rate."""
    pace, now, gone = Pace(rate, 0.0), 0.0, 0
    for batch in batches:
        now += pace.wait_s(batch, now)
        gone += batch
        assert gone <= max(1.0, rate) + rate * now + 1e-6 * gone


def test_without_a_rate_nobody_waits() -> None:
    """As fast as it goes."""
    pace = Pace(None, 0.0)
    assert pace.wait_s(10_000, 0.0) == 0.0
    assert pace.most is None


def test_a_batch_is_a_second_s_worth_at_the_most() -> None:
    """And one letter at the least."""
    assert [Pace(rate, 0.0).most for rate in (0.2, 1.0, 7.9)] == [1, 1, 7]
