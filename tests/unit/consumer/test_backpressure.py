from hypothesis import given
from hypothesis import strategies as st

from consumer.backpressure import POLL_RECORDS, Backpressure

BOUNDS = Backpressure(max_in_flight=100, max_fresh=5000, max_fresh_bytes=1_000_000)


@given(st.integers(0, 10_000), st.integers(0, 2_000_000))
def test_room_never_overfills_the_buffer(fresh: int, size: int) -> None:
    """What is asked for fits, and nothing is asked for when the bytes are used up."""
    room = BOUNDS.room(fresh, size)
    assert 0 <= room <= POLL_RECORDS
    assert room == 0 or (fresh + room <= 5000 and size < 1_000_000)


def test_a_partition_is_held_at_its_bound_until_half_is_free() -> None:
    """No flapping around the bound."""
    assert BOUNDS.hold({"t-0": 99, "t-1": 100}, frozenset()) == {"t-1"}
    assert BOUNDS.hold({"t-0": 50, "t-1": 50}, frozenset({"t-1"})) == {"t-1"}
    assert BOUNDS.hold({"t-0": 50, "t-1": 49}, frozenset({"t-1"})) == frozenset()
