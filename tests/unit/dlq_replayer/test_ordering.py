"""Letters are shared out among workers, in order, and cut into batches."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dlq_replayer.letter import ReceivedLetter
from dlq_replayer.ordering import batches, key_of, shares
from tests.support.replayer import letter, received

LETTERS = st.lists(
    st.tuples(st.sampled_from([None, b"a", b"b", b"c"]), st.sampled_from(["t", "u"])), max_size=60
).flatmap(
    lambda keys: st.permutations(
        [received(letter(offset, key=key, topic=topic)) for offset, (key, topic) in enumerate(keys)]
    )
)


@given(LETTERS, st.integers(1, 8))
def test_a_key_has_one_worker_that_gets_its_oldest_first(letters: list, count: int) -> None:  # type: ignore[type-arg]  # hypothesis
    """All letters of a key are in one share, by offset, and every letter is in exactly one share."""
    found = shares(letters, count, ordered=True)
    assert len(found) <= count
    assert sorted(each.dead.id for share in found for each in share) == sorted(each.dead.id for each in letters)
    for key in {key_of(each.dead) for each in letters} - {None}:
        of_key = [[each.dead.offset for each in share if key_of(each.dead) == key] for share in found]
        (offsets,) = [each for each in of_key if each]
        assert offsets == sorted(offsets)


@given(LETTERS, st.integers(1, 8))
def test_without_order_shares_are_even(letters: list, count: int) -> None:  # type: ignore[type-arg]  # hypothesis
    """Workers get equally many letters, give or take one."""
    sizes = [len(share) for share in shares(letters, count, ordered=False)]
    assert sum(sizes) == len(letters)
    assert max(sizes, default=0) - min(sizes, default=0) <= 1


@given(st.lists(st.integers(0, 900), max_size=40), st.integers(1, 9), st.integers(600, 3_000))
def test_batches_keep_order_and_bounds(sizes: list[int], most: int, max_bytes: int) -> None:
    """Batches keep the order and the limits; only a letter that is too large by itself exceeds the bytes, alone."""
    share = [received(letter(offset, value=b"x" * size)) for offset, size in enumerate(sizes)]
    cut = list(batches(share, most, max_bytes))
    assert [each for batch in cut for each in batch] == share
    for batch in cut:
        assert 1 <= len(batch) <= most
        assert len(batch) == 1 or weight(batch) <= max_bytes
    for one, following in pairwise(cut):
        assert len(one) == most or weight(one) + weight(following[:1]) > max_bytes, "as full as it may be"


def weight(batch: list[ReceivedLetter]) -> int:
    """Return the bytes of a batch, with what stands between its letters."""
    return sum(len(each.envelope) + 1 for each in batch)


def test_a_batch_is_filled_to_the_last_byte() -> None:
    """Letters of which just so many fit go together, in the first batch and in every other."""
    share = [received(letter(offset, value=b"x" * 100)) for offset in range(10, 19)]
    exact = weight(share[:3])
    assert [len(batch) for batch in batches(share, 9, exact)] == [3, 3, 3]
    assert [len(batch) for batch in batches(share, 9, exact - 1)] == [2, 2, 2, 2, 1]


def test_of_one_record_the_letter_of_the_later_replay_comes_later() -> None:
    """The order of a key is that of its topic's partition and offsets, and then of its deaths."""
    old, new = received(letter(3, replay_count=1)), received(letter(3, replay_count=2))
    assert shares([new, old], 2, ordered=True) == [[old, new]]
    assert shares([new, old], 1, ordered=False) == [[new, old]]


def test_a_batch_has_no_more_letters_than_it_may() -> None:
    """However small they are."""
    share = [received(letter(offset)) for offset in range(7)]
    assert [len(batch) for batch in batches(share, 3)] == [3, 3, 1]
