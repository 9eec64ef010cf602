"""Lag is never below what is known to wait, and never said where it is not known."""

import pytest

from consumer.observe.lag import PartitionState, lag, lag_s


@pytest.mark.parametrize(
    ("high", "seen", "committed", "expected"),
    [
        (10, 4, 4, 6),
        (3, 9, 4, 5),
        (None, 9, 4, 5),
        (10, None, 4, 6),
        (10, 9, None, None),
        (-1, None, 4, None),
        (3, 3, 5, 0),
        (0, None, None, 0),
    ],
)
def test_lag_is_to_the_furthest_end_known(
    high: int | None, seen: int | None, committed: int | None, expected: int | None
) -> None:
    """The end is the watermark or what was fetched, whichever is further; unknown stays unknown; never negative."""
    assert lag(PartitionState(0, high, seen, committed, None)) == expected


@pytest.mark.parametrize(
    ("high", "seen", "committed", "oldest_ms", "expected"),
    [
        (10, 10, 4, 7_000, 3.0),  # fetched, and not done
        (None, 10, None, 7_000, 3.0),
        (10, 10, 4, 10_001, 0.0),  # our clock went back
        (10, 10, 4, None, 0.0),  # done, and not committed yet
        (10, None, 10, None, 0.0),  # nothing new since the start
        (0, None, None, None, 0.0),  # never written to
        (10, None, 4, None, None),  # nothing fetched yet
        (11, 10, 10, None, None),  # a new record, or a marker that was not passed yet
        (10, None, None, None, None),  # a new group that has fetched nothing
        (None, None, 4, None, None),  # the broker has not told the end
    ],
)
def test_the_age_is_of_the_first_record_that_is_not_done(
    high: int | None, seen: int | None, committed: int | None, oldest_ms: int | None, expected: float | None
) -> None:
    """0 only where nothing waits for sure; unknown where what waits has not been seen."""
    assert lag_s(PartitionState(0, high, seen, committed, oldest_ms), now_ms=10_000) == expected


@pytest.mark.parametrize(
    ("low", "records", "age"),
    [(None, 6, None), (-1, 6, None), (4, 6, None), (7, 3, None), (10, 0, 0.0), (12, 0, 0.0)],
)
def test_what_kafka_has_deleted_does_not_wait(low: int | None, records: int, age: float | None) -> None:
    """What the group had not read below the first offset that there is was given up by retention, and is no lag."""
    state = PartitionState(low, 10, None, 4, None)
    assert (lag(state), lag_s(state, now_ms=10_000)) == (records, age)
