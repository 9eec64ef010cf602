"""Fetching stops before memory is full, and goes on afterwards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.inflight.backpressure import POLL_RECORDS, READ_AHEAD, Backpressure

BOUNDS = Backpressure(max_in_flight=100, max_fresh=5000, max_fresh_bytes=1_000_000)


@pytest.mark.robustness("offsets that go back, partitions that are lost, bounds at their least")
@given(st.integers(0, 10_000), st.integers(0, 2_000_000))
def test_room_never_overfills_the_buffer(fresh: int, size: int) -> None:
    """What is asked for fits, and nothing is asked for when the bytes are used up."""
    room = BOUNDS.room(fresh, size)
    assert 0 <= room <= POLL_RECORDS
    assert room == 0 or (fresh + room <= 5000 and size < 1_000_000)


@pytest.mark.robustness("offsets that go back, partitions that are lost, bounds at their least")
@given(st.integers(1, 100_000))
def test_a_partition_is_paused_at_its_limit_and_resumed_before_it_is_empty(max_in_flight: int) -> None:
    """It is paused with something left to invoke, and resumed with something left too, whatever the limit is."""
    bounds = Backpressure(max_in_flight, 5000, 1_000_000)
    limit = max_in_flight + READ_AHEAD
    assert bounds.paused({"t-0": limit - 1, "t-1": limit}, frozenset()) == {"t-1"}
    paused = frozenset({"t-1"})
    assert bounds.paused({"t-1": limit // 2}, paused) == paused
    assert bounds.paused({"t-1": limit // 2 - 1}, paused) == frozenset()
    assert limit // 2 > 1
