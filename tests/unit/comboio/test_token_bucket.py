"""The token bucket: bounded whatever the pattern of taking, and nothing is wasted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.token_bucket import TokenBucket

_amounts = st.floats(0.1, 500)
_takings = st.lists(st.tuples(_amounts, st.floats(0, 3)), min_size=1, max_size=60)


@given(st.floats(1, 10_000), st.floats(0, 1_000), _takings)
def test_no_interval_exceeds_the_rate(rate: float, capacity: float, takings: list[tuple[float, float]]) -> None:
    """If the waits are kept, any interval's takings are at most rate x time + capacity + the largest taking."""
    bucket = TokenBucket(rate, capacity, now=0.0)
    now, taken = 0.0, []
    for amount, idle in takings:
        now += idle
        taken.append((now, amount))
        now += bucket.take(amount, now)
    largest = max(amount for _, amount in taken)
    for first, (began, _) in enumerate(taken):
        total = 0.0
        for at, amount in taken[first:]:
            total += amount
            assert total <= rate * (at - began) + capacity + largest + 1e-6 * (rate + total)


@given(st.floats(1, 10_000), st.lists(_amounts, min_size=1, max_size=60))
def test_a_steady_taker_gets_the_whole_rate(rate: float, amounts: list[float]) -> None:
    """A taker that comes back just when told has got exactly the rate: nothing is lost to rounding or refusal."""
    bucket = TokenBucket(rate, 0.0, now=0.0)
    now = 0.0
    for amount in amounts:
        now += bucket.take(amount, now)
    assert now == pytest.approx(sum(amounts) / rate)


def test_it_starts_empty() -> None:
    """There is no burst at the start: the very first taking has to be waited for."""
    assert TokenBucket(100, 100, now=5.0).take(50, now=5.0) == pytest.approx(0.5)


@given(st.floats(0.1, 1000), st.lists(st.integers(1, 50), min_size=1, max_size=30))
def test_a_full_bucket_gives_its_capacity_at_once(rate: float, batches: list[int]) -> None:
    """A bucket that begins full lets a second's worth go at once (one token at least), and then the rate."""
    capacity = max(1.0, rate)
    bucket, now, gone = TokenBucket(rate, capacity, now=0.0, saved=capacity), 0.0, 0
    for batch in batches:
        now += bucket.take(batch, now)
        gone += batch
        assert gone <= capacity + rate * now + 1e-6 * gone
    assert TokenBucket(rate, capacity, now=0.0, saved=capacity).take(capacity, now=0.0) == 0


def test_it_cannot_begin_with_more_than_its_capacity() -> None:
    """What is saved at the start is bounded by the capacity, like what is saved later."""
    assert TokenBucket(10, 5, now=0.0, saved=1000).take(6, now=0.0) == pytest.approx(0.1)


def test_a_stall_is_caught_up_to_the_capacity() -> None:
    """After a long pause exactly the capacity is free, then waiting begins."""
    bucket = TokenBucket(100, 30, now=0.0)
    assert bucket.take(30, now=1000.0) == 0
    assert bucket.take(1, now=1000.0) == pytest.approx(0.01)


def test_no_rate_is_no_limit() -> None:
    """A rate of 0 never makes anyone wait."""
    assert TokenBucket(0, 0, now=0.0).take(1e12, now=0.0) == 0


def test_a_clock_that_steps_back_earns_nothing() -> None:
    """Time that goes back and forth does not make tokens."""
    bucket = TokenBucket(100, 1000, now=10.0)
    bucket.take(0, now=5.0)
    assert bucket.take(100, now=10.0) == pytest.approx(1.0)


def test_a_changed_rate_applies_from_then_on() -> None:
    """Debt made at the old rate is paid at the new one."""
    bucket = TokenBucket(100, 10, now=0.0)
    bucket.take(100, now=0.0)
    bucket.change(rate=200, capacity=10, now=0.5)
    assert bucket.take(50, now=0.5) == pytest.approx(100 / 200)


@pytest.mark.parametrize(("rate", "capacity"), [(-1, 0), (0, -1)])
def test_negative_limits_are_refused(rate: float, capacity: float) -> None:
    """A negative limit is a mistake, not a limit."""
    with pytest.raises(ValueError, match="cannot be negative"):
        TokenBucket(rate, capacity, now=0.0)
