"""The order in which entries may go."""

from hypothesis import given
from hypothesis import strategies as st

from dispatcher.destinations.entry import Entry
from dispatcher.send.key_order import Lanes
from tests.support.dispatcher import entry

ENTRIES = st.lists(st.tuples(st.none() | st.integers(0, 3), st.integers(0, 2), st.integers(1, 40)), max_size=30).map(
    lambda rows: [
        # A lane belongs to a route, and so has one priority.
        entry(offset, lane, (lane if lane is not None else priority), size)
        for offset, (lane, priority, size) in enumerate(rows)
    ]
)
ENDS = st.lists(st.sampled_from(["through", "stop", "again"]), max_size=80)


@given(ENTRIES, ENDS, st.integers(1, 5))
def test_each_entry_comes_out_once_and_in_the_order_of_its_lane(
    entries: list[Entry], ends: list[str], max_entries: int
) -> None:
    """Whatever becomes of calls: limits hold, a call has no two of a lane, a lane keeps its order, nothing is lost."""
    lanes = Lanes(entries)
    ends = list(ends)
    ended: list[Entry] = []
    while call := lanes.take(max_entries, 50):
        assert len(call) <= max_entries and sum(each.size for each in call) <= 50
        named = [each.lane for each in call if each.lane is not None]
        assert len(named) == len(set(named))
        for each in call:
            end = ends.pop() if ends else "through"
            if end == "again":
                lanes.again(each)
            elif end == "stop":
                ended += [each, *lanes.stop(each)]
            else:
                ended.append(each)
                lanes.through(each)
    assert lanes.drain() == []
    assert sorted(map(id, ended)) == sorted(map(id, entries))
    for lane in range(4):
        offsets = [each.parcels[0].record.offset for each in ended if each.lane == lane]
        assert offsets == sorted(offsets)


@given(ENTRIES)
def test_the_highest_priority_goes_first(entries: list[Entry]) -> None:
    """Calls of one take ready entries by priority, and `priority` says which is next."""
    lanes = Lanes(entries)
    while (highest := lanes.priority) is not None:
        (taken,) = lanes.take(1, 1_000)
        assert taken.priority == highest
        lanes.through(taken)


@given(ENTRIES, st.integers(0, 10))
def test_draining_takes_all_that_is_left(entries: list[Entry], calls: int) -> None:
    """What was not taken comes out of `drain`, also from behind what is under way."""
    lanes = Lanes(entries)
    out = [each for _ in range(calls) for each in lanes.take(1, 1_000)]
    assert sorted(map(id, [*out, *lanes.drain()])) == sorted(map(id, entries))
    assert lanes.take(10, 1_000) == []
