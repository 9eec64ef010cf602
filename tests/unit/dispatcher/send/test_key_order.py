"""The order in which entries may go."""

from collections.abc import Iterable, Iterator

from hypothesis import given
from hypothesis import strategies as st

from dispatcher.destinations.entry import Entry
from dispatcher.send.key_order import Lanes
from tests.support.dispatcher import entry, parcel


def by_priority(entries: Iterable[Entry]) -> list[Entry]:
    """Return entries as they come, the highest priority first."""
    return sorted(entries, key=lambda each: -each.priority)


ENTRIES = st.lists(st.tuples(st.none() | st.integers(0, 3), st.integers(0, 2), st.integers(1, 40)), max_size=30).map(
    lambda rows: by_priority(
        # A lane belongs to a route, and so has one priority.
        entry(offset, lane, (lane if lane is not None else priority), size)
        for offset, (lane, priority, size) in enumerate(rows)
    )
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


def again(offset: int, priority: int = 0, lane: int | None = None) -> Entry:
    """Return an entry whose message failed in an earlier delivery."""
    one = parcel(offset)
    one.attempts = 1
    return Entry((one,), "", 1, lane, priority)


def offsets(calls: list[list[Entry]]) -> list[list[int]]:
    """Return the offsets of calls."""
    return [[each.parcels[0].record.offset for each in call] for call in calls]


def test_a_call_is_as_full_as_its_limits_allow() -> None:
    """The last byte and the last place of a call are used."""
    lanes = Lanes([entry(offset, size=25) for offset in range(5)])
    assert offsets([lanes.take(10, 50), lanes.take(1, 50), lanes.take(10, 49)]) == [[0, 1], [2], [3]]


def test_what_failed_before_goes_alone_and_last_of_its_priority() -> None:
    """A message that may be poison is in no call with others, and what probes a destination is another one."""
    lanes = Lanes([again(4, priority=9), again(0), entry(1), again(2), entry(3), entry(5, priority=-1)])
    calls = []
    while call := lanes.take(10, 100):
        calls.append(call)
    assert offsets(calls) == [[4], [1, 3], [0], [2], [5]]


def test_entries_are_asked_for_as_they_are_needed() -> None:
    """A call asks for no more than may be in it, beside what cannot go yet: what goes alone, or waits in its lane."""
    asked: list[int] = []

    def coming() -> Iterator[Entry]:
        for each in (again(0), entry(1, lane=5), entry(2, lane=5), entry(3), entry(4), entry(5)):
            asked.append(each.parcels[0].record.offset)
            yield each

    lanes = Lanes(coming())
    assert asked == []
    assert offsets([lanes.take(2, 100)]) == [[1, 3]]
    assert asked == [0, 1, 2, 3]


def test_the_highest_priority_that_is_ready_is_said() -> None:
    """It decides whose turn it is; looking for it asks for one entry and no more."""
    asked: list[int] = []

    def coming() -> Iterator[Entry]:
        for offset, priority in enumerate((2, 1)):
            asked.append(offset)
            yield entry(offset, None, priority)

    lanes = Lanes(coming())
    assert (lanes.priority, asked) == (2, [0])
    lanes.again(lanes.take(1, 100)[0])
    both = lanes.take(2, 500)
    for each in reversed(both):
        lanes.again(each)
    assert (len(both), lanes.priority) == (2, 2)
    lanes.take(1, 100)
    assert lanes.priority == 1


def test_what_is_put_back_is_the_next_of_its_kind() -> None:
    """An entry that could not go yet keeps its place, before those that never were taken."""
    lanes = Lanes([entry(0), entry(1), entry(2, 5), entry(3, 5)])
    first = lanes.take(1, 100)
    lanes.again(first[0])
    assert offsets([first, lanes.take(10, 100)]) == [[0], [0, 1, 2]]


def test_nothing_is_ready_where_all_is_under_way() -> None:
    """A priority of which everything was taken is no priority that could go."""
    urgent = entry(0, priority=9)
    lanes = Lanes([urgent, entry(1)])
    lanes.take(1, 100)
    assert lanes.priority == 0
    lanes.take(1, 100)
    assert lanes.priority is None


def test_the_parts_of_a_pack_are_in_its_place() -> None:
    """Parts go in order before what was behind the pack; without a lane all of them may go at once."""
    pack, parts = entry(0, 1), [entry(offset, 1) for offset in (10, 11, 12)]
    lanes = Lanes([pack, entry(1, 1)])
    lanes.take(1, 100)
    lanes.split(pack, parts)
    calls = []
    while call := lanes.take(10, 100):
        calls.append(call)
        for each in call:
            lanes.through(each)
    assert offsets(calls) == [[10], [11], [12], [1]]
    free = Lanes([entry(0), entry(1)])
    (taken,) = free.take(1, 100)
    free.split(taken, [entry(offset) for offset in (10, 11, 12)])
    assert offsets([free.take(10, 100)]) == [[10, 11, 12, 1]]
