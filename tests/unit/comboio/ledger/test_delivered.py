"""Notes of deliveries say what was delivered, in a bounded number of bytes."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.ledger.delivered import MOST_NOTE_BYTES, from_notes, to_note
from comboio.ledger.offsets import contains, ranges


@given(st.sets(st.integers(0, 10**6), max_size=40))
def test_a_small_delivery_is_noted_exactly(offsets: set[int]) -> None:
    """The note has the very offsets, and says so."""
    (found,) = from_notes([to_note(ranges(offsets))])
    assert found.exact and found.offsets == ranges(offsets)


@pytest.mark.robustness("clocks, gaps and recreated topics")
def test_a_note_is_bounded_whatever_the_offsets_are() -> None:
    """10,000 offsets without any pattern take no more than a note may; the note then says that it reaches over gaps."""
    dice = random.Random(5)
    offsets = ranges(dice.sample(range(10**9), 10_000))
    note = to_note(offsets)
    assert len(note) <= MOST_NOTE_BYTES * 4 / 3 + 5
    (found,) = from_notes([note])
    assert not found.exact
    assert all(contains(found.offsets, offset) for pair in offsets for offset in pair)


@pytest.mark.robustness("clocks, gaps and recreated topics")
@pytest.mark.parametrize("note", ["", "100-200", "=x", "~!!!!", "=eA=="])
def test_a_damaged_note_is_an_error(note: str) -> None:
    """A note of another format is not guessed at."""
    with pytest.raises(ValueError, match="a note of what was delivered"):
        from_notes([note])
