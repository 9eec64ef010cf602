"""Pollers stay in their bounds, follow a lag that lasts, and do not follow one that does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.inflight.pollers import DOWN_S, UP_S, PollerLimits, Pollers

LIMITS = st.builds(
    lambda pair, invocations, at_a_time: PollerLimits(min(pair), max(pair), invocations, at_a_time),
    st.tuples(st.integers(1, 20), st.integers(1, 20)),
    st.integers(1, 5),
    st.integers(1, 100),
)
LOOKS = st.lists(
    st.tuples(st.floats(0.1, 40), st.lists(st.integers(0, 5_000), max_size=30), st.integers(1, 1_000), st.booleans()),
    max_size=60,
)


def lag_of(partitions: int, records: int = 1_000) -> dict[str, int]:
    return {f"t-{number}": records for number in range(partitions)}


def look(subject: Pollers, since: float, seconds: float, behind: dict[str, int]) -> float:
    """Look once a second; return the time of the last look."""
    for _ in range(int(seconds)):
        since += 1
        subject.scale(since, behind, 100)
    return since


@pytest.mark.robustness("offsets that go back, partitions that are lost, bounds at their least")
@given(LIMITS, LOOKS)
def test_pollers_stay_within_their_bounds(
    limits: PollerLimits, looks: list[tuple[float, list[int], int, bool]]
) -> None:
    """Whatever the lag, however it is looked at: at least the minimum, at most the maximum and a poller a partition,
    and never no invocation."""
    subject, now = Pollers(limits), 0.0
    assert subject.count == limits.minimum
    for passed, lags, full_batch, throttled in looks:
        now += passed
        if throttled:
            subject.throttled()
        subject.scale(now, {f"t-{number}": lag for number, lag in enumerate(lags)}, full_batch)
        most = max(1, min(limits.maximum, len(lags)))
        assert min(limits.minimum, most) <= subject.count <= most
        assert 1 <= subject.invocations <= min(limits.at_a_time, subject.count * limits.invocations)


@given(LIMITS, LOOKS)
def test_pollers_grow_only_by_what_was_needed_all_the_time(
    limits: PollerLimits, looks: list[tuple[float, list[int], int, bool]]
) -> None:
    """Each growth goes to what every look of the last 3 s asked for, no further, and never while throttled."""
    subject, now, seen = Pollers(limits), 0.0, list[tuple[float, int]]()
    for passed, lags, full_batch, throttled in looks:
        now += passed
        before = subject.count
        if throttled:
            subject.throttled()
        subject.scale(now, {f"t-{number}": lag for number, lag in enumerate(lags)}, full_batch)
        batches = min(-(-sum(lags) // full_batch), sum(lag > 0 for lag in lags))
        seen.append((now, 0 if throttled else -(-batches // limits.invocations)))
        if subject.count > max(before, limits.minimum):
            assert subject.count <= min(needed for at, needed in seen if at >= now - UP_S)
            assert seen[0][0] <= now - UP_S
            assert not throttled


@given(st.integers(1, 100), st.integers(1, 20), st.integers(0, 20))
def test_a_lag_that_lasts_gets_the_pollers_that_it_keeps_busy(partitions: int, minimum: int, more: int) -> None:
    """A poller for each five partitions with a full batch, within seconds, and they stay while it does."""
    subject = Pollers(PollerLimits(minimum, min(20, minimum + more), 5))
    wanted = min(partitions, min(20, minimum + more), max(minimum, -(-partitions // 5)))
    now = look(subject, 0, UP_S + 1, lag_of(partitions))
    assert subject.count == wanted
    look(subject, now, 2 * DOWN_S, lag_of(partitions))
    assert subject.count == wanted


def test_less_than_a_batch_in_each_partition_is_one_batch() -> None:
    """Batches mix partitions: many partitions that are a little behind keep one invocation busy, not one each."""
    subject = Pollers(PollerLimits(1, 20, 5))
    look(subject, 0, 10, lag_of(50, records=2))
    assert subject.count == 1


def test_pollers_go_when_none_was_busy_for_a_minute() -> None:
    """A pause of less than that keeps them; after it as many stay as were needed in it."""
    subject = Pollers(PollerLimits(2, 20, 5))
    now = look(subject, 0, 10, lag_of(50))
    assert subject.count == 10
    now = look(subject, now, DOWN_S - 5, lag_of(50, records=0))
    now = look(subject, now, 5, lag_of(15))
    assert subject.count == 10
    now = look(subject, now, DOWN_S - 10, lag_of(50, records=0))
    assert subject.count == 3
    look(subject, now, 20, lag_of(50, records=0))
    assert subject.count == 2


def test_a_burst_adds_none() -> None:
    """What is done within three seconds was no lag."""
    subject = Pollers(PollerLimits(1, 20, 5))
    now = look(subject, 0, 10, lag_of(50, records=0))
    now = look(subject, now, UP_S, lag_of(50))
    look(subject, now, 1, lag_of(50, records=0))
    assert subject.count == 1


def test_a_throttled_function_is_called_by_fewer() -> None:
    """Half of them go with each look while it is throttled, down to the minimum; they come back with the lag."""
    subject = Pollers(PollerLimits(2, 16, 5))
    now = look(subject, 0, 10, lag_of(80))
    counts = []
    for _ in range(4):
        subject.throttled()
        now += 1
        subject.scale(now, lag_of(80), 100)
        counts.append(subject.count)
    assert counts == [8, 4, 2, 2]
    look(subject, now, UP_S + 2, lag_of(80))
    assert subject.count == 16


def test_a_process_without_partitions_has_one_poller() -> None:
    """As in a rebalance; what comes back gets the minimum at once."""
    subject = Pollers(PollerLimits(4, 8, 5))
    subject.scale(1, {}, 100)
    assert subject.count == 1
    subject.scale(2, lag_of(12, records=0), 100)
    assert subject.count == 4
