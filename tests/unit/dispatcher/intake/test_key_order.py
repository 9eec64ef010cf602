"""The order of a key across batches: what waits behind which unfinished offsets."""

from collections.abc import Collection

from hypothesis import given
from hypothesis import strategies as st

from comboio.ledger.ledger import Incomplete, Ledger
from comboio.ledger.offsets import ranges
from dispatcher.intake.key_order import hold_back
from dispatcher.parcel import Outcome, Parcel
from tests.support.dispatcher import parcel

TOKENS = st.none() | st.integers(1, 3)
OFFSETS = st.integers(0, 14)


def left(
    incomplete: dict[int, int | None], deferred: set[int], batch: dict[int, int | None], refused: Collection[int] = ()
) -> set[int]:
    """Return the offsets of a batch that are held; the `refused` ones were not admitted to begin with."""
    ledger = Ledger(
        incomplete={offset: Incomplete(1, token=token) for offset, token in incomplete.items()},
        deferred=ranges(deferred),
    )
    parcels: list[Parcel] = []
    for offset, token in sorted(batch.items()):
        parcels.append(parcel(offset, token=token))
        if offset in refused:
            parcels[-1].hold(deferred=True)
    hold_back(ledger, parcels)
    return {one.record.offset for one in parcels if one.outcome is Outcome.HELD and one.record.offset not in refused}


@given(
    st.dictionaries(OFFSETS, TOKENS, max_size=6),
    st.sets(OFFSETS, max_size=4),
    st.dictionaries(OFFSETS, TOKENS, max_size=8),
    st.sets(OFFSETS, max_size=3),
)
def test_a_record_waits_exactly_while_an_earlier_one_of_its_key_may_be_missing(
    incomplete: dict[int, int | None], deferred: set[int], batch: dict[int, int | None], refused: set[int]
) -> None:
    """What keeps order waits behind each earlier unfinished record of its key, and behind each earlier one whose key
    nobody knows, that does not go in the same batch; nothing else waits."""
    deferred -= incomplete.keys()
    goes = batch.keys() - refused
    expected = {
        offset
        for offset in goes
        if batch[offset] is not None
        and (
            any(place < offset and place not in goes for place in deferred)
            or any(
                place < offset and place not in goes and token == batch[offset] for place, token in incomplete.items()
            )
        )
    }
    assert left(incomplete, deferred, batch, refused) == expected


def test_of_several_missing_records_of_a_key_the_first_counts() -> None:
    """A record between two unfinished ones of its key waits for the earlier one."""
    assert left({4: 1, 12: 1}, set(), {10: 1, 11: 2}) == {10}
    assert left({12: 1, 4: 1}, set(), {10: 1}) == {10}


def test_a_missing_record_of_the_key_and_one_of_any_key_both_count() -> None:
    """Whichever of them is the earlier one."""
    assert left({4: 1}, {20}, {10: 1, 11: 2, 21: 2}) == {10, 21}
    assert left({20: 1}, {4}, {10: 1, 11: 2}) == {10, 11}


def test_a_dead_record_stays_dead() -> None:
    """What has an outcome keeps it, whatever is missing before it."""
    dead = parcel(10, token=1)
    dead.dead_letter("malformed", "bad")
    hold_back(Ledger(incomplete={4: Incomplete(1, token=1)}, deferred=((5, 5),)), [dead])
    assert dead.outcome is Outcome.DEAD


def test_what_is_deferred_is_waited_for_where_nothing_is_incomplete() -> None:
    """Nobody knows its key, so all that keep order wait."""
    assert left({}, {4}, {10: 1, 11: None}) == {10}


def test_what_goes_in_the_same_batch_holds_nothing_back() -> None:
    """The lanes keep its successors behind it; and what keeps no order blocks nobody."""
    assert left({4: 1}, set(), {4: 1, 10: 1}) == set()
    assert left({4: None}, set(), {10: 1, 11: None}) == set()
