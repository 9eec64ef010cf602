"""Retries wait as long as they should, and end when they should."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.inflight.retry import RetryPolicy, RetryQueue
from tests.support.kafka_records import ids, record


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_delay_doubles_to_the_cap_with_at_most_half_jitter(attempt: int, chance: float) -> None:
    """The wait is between half and all of base x 2^(attempt-1), never above the cap."""
    policy = RetryPolicy(base_s=0.2, cap_s=30)
    ceiling = min(30, 0.2 * 2.0 ** min(attempt - 1, 32))
    assert ceiling / 2 <= policy.delay(attempt, lambda: chance) <= ceiling


@given(st.integers(0, 20))
def test_a_record_is_tried_once_and_then_as_often_as_allowed(maximum: int) -> None:
    """With a maximum of n retries the failure number n+1 gives up, and no earlier one."""
    queue = RetryQueue(RetryPolicy(maximum_attempts=maximum), lambda: 0)
    failing = [record("t-0", 5)]
    for _ in range(maximum):
        assert queue.fail(failing, now=0, now_ms=0) == []
        assert queue.take(1e9) == failing
    assert queue.fail(failing, now=0, now_ms=0) == failing
    assert queue.take(1e9) == []


@pytest.mark.robustness("offsets that go back, partitions that are lost, bounds at their least")
def test_without_bounds_nothing_is_given_up() -> None:
    """-1 and -1: later, never lost."""
    queue = RetryQueue(RetryPolicy(), lambda: 0)
    for _ in range(500):
        assert queue.fail([record("t-0", 5, timestamp=0)], now=0, now_ms=1e15) == []
        queue.take(1e9)


def test_age_gives_up_only_the_old_records() -> None:
    """Of records that fail together those past the age go, and one with no timestamp has no age."""
    queue = RetryQueue(RetryPolicy(maximum_age_s=60), lambda: 0)
    old, young, timeless = record("t-0", 1, timestamp=0), record("t-0", 2, timestamp=50_000), record("t-0", 3)
    timeless = timeless._replace(timestamp=-1)
    assert queue.fail([old, young, timeless], now=0, now_ms=61_000) == [old]
    assert queue.take(1e9) == [young, timeless]


@pytest.mark.robustness("clocks that jump or are wrong")
@pytest.mark.parametrize("timestamp", [-1, 10**15], ids=["none", "ahead"])
def test_a_record_that_does_not_say_its_age_is_given_up_too(timestamp: int) -> None:
    """Without a timestamp, or with one of a clock that is ahead, a record ages from its first failure: it is not tried
    for ever because of that. Once it is done, or has left, nothing is remembered."""
    queue = RetryQueue(RetryPolicy(maximum_age_s=60), lambda: 0)
    one = record("t-0", 1)._replace(timestamp=timestamp)
    for now_ms in (1_000, 31_000, 61_000):
        assert queue.fail([one], now=0, now_ms=now_ms) == []
        queue.take(1e9)
    assert queue.fail([one], now=0, now_ms=61_001) == [one]
    queue.done([one])
    assert queue.fail([one], now=0, now_ms=10**9) == []
    queue.forget("t-0")
    assert queue.fail([one], now=0, now_ms=2 * 10**9) == []


def test_an_unreached_function_costs_no_attempt() -> None:
    """Throttling does not use the retries up."""
    queue = RetryQueue(RetryPolicy(maximum_attempts=0), lambda: 0)
    assert queue.fail([record("t-0", 1)], 0, 0, counted=False) == []
    assert queue.attempts(record("t-0", 1)) == 0


def test_a_function_that_is_not_reached_is_asked_ever_less_often() -> None:
    """The wait doubles up to its cap, at no attempt; once the function was reached it begins anew."""
    queue = RetryQueue(RetryPolicy(base_s=1, cap_s=8), lambda: 1.0)
    one, now, waits = record("t-0", 0), 0.0, []
    for reached in (False, False, False, False, False, True, False, False):
        queue.fail([one], now, now, counted=reached)
        due = next(now + step / 2 for step in range(40) if queue.take(now + step / 2))
        waits.append(due - now)
        now = due
    assert waits == [1, 2, 4, 8, 8, 1, 1, 2]
    assert queue.attempts(one) == 1
    queue.done([one])
    queue.fail([one], now, now, counted=False)
    assert queue.take(now + 1)


def test_nothing_comes_before_it_is_due_and_the_oldest_comes_first() -> None:
    """Retries wait their delay and keep their order."""
    queue = RetryQueue(RetryPolicy(), lambda: 0)
    queue.wait([record("t-0", 2)], due=5)
    queue.wait([record("t-0", 1)], due=3)
    assert queue.take(2.9) == []
    assert ids(queue.take(10)) == [("t-0", 1)]
    assert ids(queue.take(10)) == [("t-0", 2)]


@pytest.mark.robustness("offsets that go back, partitions that are lost, bounds at their least")
def test_merging_stays_within_its_bounds() -> None:
    """What failed apart may be tried together, as far as count and bytes allow."""
    queue = RetryQueue(RetryPolicy(), lambda: 0)
    for offset in range(4):
        queue.wait([record("t-0", offset, size=100)], due=offset)
    assert len(queue.take(10, most_records=3, most_bytes=1000)) == 3
    queue.wait([record("t-0", 9, size=100)], due=9)
    assert len(queue.take(10, most_records=10, most_bytes=150)) == 1


@pytest.mark.robustness("offsets that go back, partitions that are lost, bounds at their least")
def test_a_forgotten_partition_leaves_nothing_behind() -> None:
    """Neither its waiting records nor their attempts, and the others' stay."""
    queue = RetryQueue(RetryPolicy(), lambda: 0)
    queue.fail([record("t-0", 1), record("t-1", 1)], 0, 0)
    queue.forget("t-0")
    assert queue.partitions() == {"t-1"}
    assert queue.attempts(record("t-0", 1)) == 0
    assert ids(queue.take(1e9)) == [("t-1", 1)]
