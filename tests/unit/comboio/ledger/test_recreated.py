"""A recreated topic is told from redeliveries by proof, never by a guess."""

from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from comboio.ledger.duplicate import done
from comboio.ledger.encoding import from_attributes, to_attributes
from comboio.ledger.ledger import Ledger, RecordResult, RecordState, rewind, settle
from comboio.ledger.recreated import MOST_SAMPLES, fingerprint, recreated, sample, start_over

NOW = 1_795_359_600_000


@dataclass
class At:
    """A record as far as the ledger looks at it."""

    offset: int
    timestamp: int = NOW
    key: bytes | None = b"k"
    value: bytes | None = b"{}"


def handled(ledger: Ledger, records: list[At], state: RecordState = RecordState.DONE) -> Ledger:
    """Return the ledger after a batch all of which came to `state`."""
    results = [RecordResult(record.offset, record.timestamp, state, 1, ("a",)) for record in records]
    return from_attributes(to_attributes(settle(sample(ledger, records), results, NOW)))


STAMPS = st.lists(st.integers(-(10**9), 10**13), min_size=1, max_size=12)


@pytest.mark.robustness("clocks, gaps and recreated topics")
@given(STAMPS, st.integers(1, 4), st.lists(st.sampled_from(RecordState), min_size=12, max_size=12))
def test_no_redelivery_looks_like_a_new_topic(stamps: list[int], size: int, states: list[RecordState]) -> None:
    """Whatever the clocks of those who set the timestamps, and whatever became of the records: the same records again,
    all of them or some, prove nothing."""
    log = [At(offset * 2, stamp) for offset, stamp in enumerate(stamps)]
    ledger = Ledger()
    for start in range(0, len(log), size):
        ledger = handled(ledger, log[start : start + size], states[start])
    for start in range(len(log)):
        assert not recreated(ledger, log[start:])


@pytest.mark.robustness("clocks, gaps and recreated topics")
@given(STAMPS, st.integers(1, 30))
def test_a_new_topic_is_known_by_its_first_batch(stamps: list[int], size: int) -> None:
    """Its first record has another fingerprint, also where its timestamps are older, or clocks had run far ahead."""
    ledger = handled(Ledger(), [At(offset, stamp) for offset, stamp in enumerate(stamps)])
    new = [At(offset, -5, value=b"new") for offset in range(size)]
    assert recreated(ledger, new)


@pytest.mark.robustness("clocks, gaps and recreated topics")
def test_a_later_timestamp_than_any_that_was_handled_is_proof() -> None:
    """A record that passes for done and is newer than all that is done was never handled."""
    ledger = handled(Ledger(), [At(0, NOW), At(1, NOW + 5)])
    assert recreated(ledger, [At(1, NOW + 6)])
    assert not recreated(ledger, [At(1, NOW + 5)])
    assert not recreated(ledger, [])


@pytest.mark.robustness("clocks, gaps and recreated topics")
def test_a_record_that_is_not_done_proves_nothing_by_its_time() -> None:
    """What failed, waits or was never delivered may have any timestamp."""
    ledger = settle(Ledger(), [RecordResult(0, NOW, RecordState.DONE), RecordResult(9, NOW, RecordState.DONE)], NOW)
    ledger = settle(
        ledger,
        [RecordResult(3, NOW + 9, RecordState.INCOMPLETE), RecordResult(4, NOW + 9, RecordState.DEFERRED)],
        NOW,
    )
    assert not recreated(ledger, [At(3, NOW + 9), At(4, NOW + 9), At(5, NOW + 9), At(10, NOW + 9)])


@pytest.mark.robustness("clocks, gaps and recreated topics")
def test_a_record_that_was_served_in_part_is_known_by_its_time() -> None:
    """The destinations that one record was sent to are not skipped for another one at its offset."""
    ledger = handled(Ledger(), [At(0)])
    ledger = replace(handled(ledger, [At(5, NOW + 1)], RecordState.INCOMPLETE), samples={})
    assert recreated(ledger, [At(5, NOW - 1)])
    assert not recreated(ledger, [At(5, NOW + 1)])


@example(500, 1, 10**9)
@given(st.integers(1, 500), st.integers(1, 50), st.sampled_from([0, 10**9]))
def test_fingerprints_are_few_and_reach_over_all_offsets(batches: int, size: int, first: int) -> None:
    """However many batches there were, and wherever the first began, a bounded number of fingerprints reaches over
    them, the first one included, with no third of them without one; half of them stay when there are too many."""
    ledger, most = Ledger(), 0
    for number in range(batches):
        ledger = sample(ledger, [At(first + number * size)])
        most = max(most, len(ledger.samples))
    assert most == min(batches, MOST_SAMPLES) and len(ledger.samples) >= most / 2
    kept = [offset - first for offset in sorted(ledger.samples)]
    assert kept[0] == 0
    top = (batches - 1) * size
    assert all(later - earlier <= top / 3 + 2 * size for earlier, later in pairwise([*kept, top]))
    assert sample(ledger, []) is ledger


def test_a_fingerprint_is_of_the_whole_record() -> None:
    """Another timestamp, key or value is another record; no key is not an empty one."""
    one = At(0)
    others = [
        At(0, NOW + 1),
        At(0, key=b"l"),
        At(0, key=None),
        At(0, key=b""),
        At(0, value=b"[]"),
        At(0, key=b"k{", value=b"}"),
    ]
    assert len({fingerprint(record) for record in [one, *others]}) == len(others) + 1
    assert fingerprint(At(7)) == fingerprint(one)


@pytest.mark.robustness("clocks, gaps and recreated topics")
def test_fingerprints_are_a_contract() -> None:
    """They stand in the items of everybody who has deployed: computed in another way, each topic would look new."""
    stored = [fingerprint(each) for each in (At(0), At(0, key=None), At(0, key=b"", value=None), At(0, -1))]
    assert stored == [3_010_990_852, 2_887_232_001, 1_083_505_030, 160_309_837]


@pytest.mark.robustness("clocks, gaps and recreated topics")
def test_a_ledger_that_starts_over_knows_of_nothing_as_done() -> None:
    """All offsets are new; only the order behind what is in the hold queue is kept."""
    ledger = replace(handled(Ledger(), [At(offset) for offset in range(9)]), diverted={"a": "m"}, delivered=("n",))
    fresh = start_over(ledger)
    assert not any(done(fresh, offset) for offset in range(20))
    assert (fresh.diverted, fresh.delivered) == ({"a": "m"}, ("n",))


def test_after_a_rewind_to_the_beginning_nothing_of_the_old_topic_is_proof() -> None:
    """Whoever makes a topic again and rewinds it to 0 starts over once: a redelivery of the new records is known."""
    ledger = handled(Ledger(), [At(offset, NOW, value=b"old") for offset in range(20)])
    new = [At(offset, NOW - 60_000, value=b"new") for offset in range(10)]
    ledger = handled(rewind(ledger, 0), new)
    assert not recreated(ledger, new)
    assert all(done(ledger, record.offset) for record in new)


def test_a_fingerprint_that_is_kept_stays_as_it_is() -> None:
    """A batch that begins where one is kept leaves nothing of its own, whatever its first record is now."""
    ledger = Ledger(0, 9, samples={0: 11, 8: 12})
    assert sample(ledger, [At(8)]) is ledger and sample(Ledger(0, 9, samples={0: 11}), [At(0)]).samples == {0: 11}
