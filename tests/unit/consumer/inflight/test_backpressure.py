"""Fetching stops before memory is full, and goes on afterwards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.inflight.backpressure import MOST_FRESH_BYTES, POLL_RECORDS, READ_AHEAD, Backpressure

BOUNDS = Backpressure(max_in_flight=100, batch_records=2500, batch_bytes=500_000)


@pytest.mark.robustness("offsets that go back, partitions that are lost, bounds at their least")
@given(st.integers(0, 10_000), st.integers(0, 2_000_000), st.integers(1, 100))
def test_room_never_overfills_the_buffer(fresh: int, size: int, concurrency: int) -> None:
    """What is asked for fits, two batches for each invocation at a time, and nothing is asked for when the bytes are
    used up."""
    room = BOUNDS.room(fresh, size, concurrency)
    assert 0 <= room <= POLL_RECORDS
    assert room == 0 or (fresh + room <= 5000 * concurrency and size < 1_000_000 * concurrency)
    assert room > 0 or fresh >= 5000 * concurrency or size >= 1_000_000 * concurrency


@pytest.mark.robustness("offsets that go back, partitions that are lost, bounds at their least")
def test_memory_has_a_bound_however_many_invocations_run() -> None:
    """A hundred invocations do not let a hundred times as many bytes wait."""
    large = Backpressure(max_in_flight=100, batch_records=10_000, batch_bytes=6 * 1024 * 1024)
    assert large.room(0, MOST_FRESH_BYTES - 1, 100) > 0
    assert large.room(0, MOST_FRESH_BYTES, 100) == 0


@pytest.mark.robustness("offsets that go back, partitions that are lost, bounds at their least")
@given(st.integers(1, 100_000))
def test_a_partition_is_paused_at_its_limit_and_resumed_before_it_is_empty(max_in_flight: int) -> None:
    """It is paused with something left to invoke, and resumed with something left too, whatever the limit is."""
    bounds = Backpressure(max_in_flight, 2500, 500_000)
    limit = max_in_flight + READ_AHEAD
    assert bounds.paused({"t-0": limit - 1, "t-1": limit}, frozenset()) == {"t-1"}
    paused = frozenset({"t-1"})
    assert bounds.paused({"t-1": limit // 2}, paused) == paused
    assert bounds.paused({"t-1": limit // 2 - 1}, paused) == frozenset()
    assert limit // 2 > 1
