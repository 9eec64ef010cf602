"""A partition's commit position never passes what is undone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.inflight.offset import OffsetTracker


@pytest.mark.robustness("offsets that go back, partitions that are lost, bounds at their least")
@given(st.sets(st.integers(0, 500), min_size=1), st.data())
def test_position_never_passes_an_undone_offset(offsets: set[int], data: st.DataObject) -> None:
    """Whatever is done in whatever order, the position is the lowest undone offset, or one past the last."""
    ordered = sorted(offsets)
    tracker = OffsetTracker()
    undone: set[int] = set()
    events = [("add", offset) for offset in ordered]
    while events or undone:
        if events and (not undone or data.draw(st.booleans())):
            _, offset = events.pop(0)
            tracker.add(offset, -offset)
            undone.add(offset)
        else:
            offset = data.draw(st.sampled_from(sorted(undone)))
            tracker.done(offset)
            undone.remove(offset)
        added = ordered[: len(ordered) - len(events)]
        assert tracker.position == min(undone, default=added[-1] + 1)
        assert tracker.oldest_ms == (-min(undone) if undone else None)
        assert tracker.in_flight == added[-1] + 1 - tracker.position


def test_nothing_seen_means_no_position() -> None:
    """Before the first offset there is nothing to commit."""
    tracker = OffsetTracker()
    assert (tracker.position, tracker.seen, tracker.in_flight) == (None, None, 0)


@pytest.mark.robustness("offsets that go back, partitions that are lost, bounds at their least")
def test_an_offset_below_the_last_is_a_rewind() -> None:
    """The fetch position going back is noticed, and not taken for progress."""
    tracker = OffsetTracker()
    tracker.add(10, 0)
    assert tracker.rewinds(10)
    assert tracker.rewinds(3)
    assert not tracker.rewinds(12)
    try:
        tracker.add(10, 0)
    except ValueError:
        return
    raise AssertionError("a rewind was added")


def test_done_twice_or_unknown_changes_nothing() -> None:
    """A second verdict on a record is harmless."""
    tracker = OffsetTracker()
    tracker.add(5, 0)
    tracker.done(4)
    assert tracker.position == 5
    tracker.done(5)
    tracker.done(5)
    assert tracker.position == 6


@pytest.mark.robustness("offsets that go back, partitions that are lost, bounds at their least")
@given(st.integers(0, 20), st.integers(0, 20))
def test_offsets_without_a_record_are_passed_once_all_before_them_is_done(last: int, fetched_to: int) -> None:
    """A fetch past the end moves the position only where nothing is undone, and never back; it may begin one too."""
    began = OffsetTracker()
    began.passed(fetched_to)
    assert (began.position, began.in_flight) == (fetched_to, 0)
    tracker = OffsetTracker()
    tracker.add(last, 1)
    tracker.passed(fetched_to)
    assert tracker.position == last
    tracker.done(last)
    assert tracker.position == max(last + 1, fetched_to)
    assert tracker.rewinds(max(last + 1, fetched_to) - 1)
