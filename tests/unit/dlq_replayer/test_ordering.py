"""Order and batches."""

from hypothesis import given
from hypothesis import strategies as st

from dlq_replayer.ordering import batches, key_of, lanes
from tests.support.replayer import held, letter

LETTERS = st.lists(
    st.tuples(st.sampled_from([None, b"a", b"b", b"c"]), st.sampled_from(["t", "u"])), max_size=60
).flatmap(
    lambda keys: st.permutations(
        [held(letter(offset, key=key, topic=topic)) for offset, (key, topic) in enumerate(keys)]
    )
)


@given(LETTERS, st.integers(1, 8))
def test_a_key_keeps_to_one_lane_oldest_first(letters: list, count: int) -> None:  # type: ignore[type-arg]  # hypothesis
    """And every letter is in one lane."""
    found = lanes(letters, count, True)
    assert len(found) <= count
    assert sorted(each.dead.id for lane in found for each in lane) == sorted(each.dead.id for each in letters)
    for key in {key_of(each.dead) for each in letters} - {None}:
        of_key = [[each.dead.offset for each in lane if key_of(each.dead) == key] for lane in found]
        (offsets,) = [each for each in of_key if each]
        assert offsets == sorted(offsets)


@given(LETTERS, st.integers(1, 8))
def test_without_order_lanes_are_even(letters: list, count: int) -> None:  # type: ignore[type-arg]  # hypothesis
    """So that all are busy alike."""
    sizes = [len(lane) for lane in lanes(letters, count, False)]
    assert sum(sizes) == len(letters)
    assert max(sizes, default=0) - min(sizes, default=0) <= 1


@given(st.lists(st.integers(0, 900), max_size=40), st.integers(1, 9), st.integers(600, 3_000))
def test_batches_keep_order_and_bounds(sizes: list[int], most: int, max_bytes: int) -> None:
    """Only a letter that is too large by itself exceeds the bytes, alone."""
    lane = [held(letter(offset, value=b"x" * size)) for offset, size in enumerate(sizes)]
    cut = list(batches(lane, most, max_bytes))
    assert [each for batch in cut for each in batch] == lane
    for batch in cut:
        assert 1 <= len(batch) <= most
        assert len(batch) == 1 or sum(len(each.envelope) + 1 for each in batch) <= max_bytes
