"""How a rate becomes windows with tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.rate_limit.window import Rate, rate_of


@pytest.mark.parametrize(
    ("max_per_s", "window_ms", "tokens"),
    [(1, 1_000, 1), (50, 1_000, 50), (1.9, 1_000, 1), (0.5, 2_000, 1), (0.4, 3_000, 1), (1 / 60, 60_000, 1)],
)
def test_a_window_is_a_second_or_as_long_as_one_message_takes(max_per_s: float, window_ms: int, tokens: int) -> None:
    """From one message a second on, windows are seconds; below, each window has its one message."""
    assert rate_of(max_per_s) == Rate(window_ms, tokens)


@pytest.mark.robustness("shared state that is stale, lost, foreign or out of reach")
@given(st.floats(1e-4, 1e6))
def test_windows_never_allow_more_than_the_rate(max_per_s: float) -> None:
    """Whatever the rate, its windows allow no more a second, and always something."""
    rate = rate_of(max_per_s)
    assert rate.tokens >= 1
    assert rate.tokens / (rate.window_ms / 1000) <= max_per_s * 1.000001
    assert 1 <= rate.chunk <= rate.tokens


@pytest.mark.robustness("shared state that is stale, lost, foreign or out of reach")
@given(st.floats(1e-4, 1e6), st.integers(0, 2**45))
def test_every_moment_is_in_one_window(max_per_s: float, now: int) -> None:
    """A window ends after each of its moments, and not later than its length."""
    rate = rate_of(max_per_s)
    ends_at = rate.ends_at(rate.window(now))
    assert now < ends_at <= now + rate.window_ms
