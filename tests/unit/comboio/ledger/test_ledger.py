"""What the ledger says of an offset, whatever happened before."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from comboio.ledger.duplicate import Admit, admit, done
from comboio.ledger.encoding import from_attributes, to_attributes
from comboio.ledger.ledger import (
    Delivered,
    Incomplete,
    Ledger,
    RecordResult,
    RecordState,
    abandon,
    cover,
    recover,
    rewind,
    settle,
    undone,
)
from comboio.ledger.offsets import contains, count, ranges, union

NOW = 1_795_359_600_000
BOUND = 1_000

STATES = st.dictionaries(st.integers(0, 30), st.sampled_from(RecordState), min_size=1)
BATCHES = st.lists(STATES, max_size=6)


def results(states: dict[int, RecordState]) -> list[RecordResult]:
    """Return a batch's results in offset order."""
    return [RecordResult(offset, NOW - 1_000, state) for offset, state in sorted(states.items())]


def after(batches: list[dict[int, RecordState]]) -> tuple[Ledger, dict[int, RecordState]]:
    """Return the ledger after some batches that came in any order, and how each offset was settled last."""
    ledger, last = Ledger(), dict[int, RecordState]()
    for batch in batches:
        admitted = possible(ledger, batch)
        settled = settle(ledger, results(admitted), NOW)
        ledger = from_attributes(to_attributes(settled))
        assert ledger == settled, "what was settled is read back as it was written"
        last.update(admitted)
    return ledger, last


def possible(ledger: Ledger, batch: dict[int, RecordState]) -> dict[int, RecordState]:
    """Return the batch as far as it can be: a duplicate has no result, and what is incomplete is not deferred."""
    found = {}
    for offset, state in batch.items():
        verdict = admit(ledger, offset, BOUND)
        if verdict is Admit.RETRY and state is RecordState.DEFERRED:
            found[offset] = RecordState.INCOMPLETE
        elif verdict is not Admit.DUPLICATE:
            found[offset] = state
    return found


@given(BATCHES)
def test_the_ledger_knows_how_each_offset_stands(batches: list[dict[int, RecordState]]) -> None:
    """After batches of any offsets in any order: what is done is a duplicate, what is incomplete a retry, and all else,
    also what lies between and was never delivered, is new."""
    ledger, last = after(batches)
    verdicts = {RecordState.DONE: Admit.DUPLICATE, RecordState.INCOMPLETE: Admit.RETRY}
    for offset in range(40):
        expected = verdicts.get(last[offset], Admit.NEW) if offset in last else Admit.NEW
        assert admit(ledger, offset, BOUND) is expected


def test_an_offset_that_was_never_delivered_is_not_done() -> None:
    """What lies below `next` and in no settlement is new: another invocation may still get it."""
    ledger = settle(Ledger(), results({200: RecordState.DONE}), NOW)
    assert admit(ledger, 50, BOUND) is Admit.NEW
    ledger = settle(ledger, results({190: RecordState.DONE, 210: RecordState.DONE}), NOW)
    assert [admit(ledger, offset, BOUND) for offset in (189, 190, 195, 200, 205, 210, 211)] == [
        Admit.NEW,
        Admit.DUPLICATE,
        Admit.NEW,
        Admit.DUPLICATE,
        Admit.NEW,
        Admit.DUPLICATE,
        Admit.NEW,
    ]


@given(BATCHES, STATES)
def test_a_settlement_can_be_repeated(batches: list[dict[int, RecordState]], batch: dict[int, RecordState]) -> None:
    """Settling the same batch twice, as after a lost answer, is settling it once."""
    ledger, _ = after(batches)
    batch = possible(ledger, batch)
    once = settle(ledger, results(batch), NOW)
    assert settle(once, results(batch), NOW) == once


@given(BATCHES, STATES)
def test_a_checkpoint_changes_nothing_in_the_end(
    batches: list[dict[int, RecordState]], batch: dict[int, RecordState]
) -> None:
    """After a checkpoint on the way each offset stands as without one."""
    ledger, _ = after(batches)
    batch = possible(ledger, batch)
    on_its_way = settle(ledger, results(dict.fromkeys(batch, RecordState.DEFERRED)), NOW)
    assert settle(on_its_way, results(batch), NOW) == settle(ledger, results(batch), NOW)


@given(BATCHES)
def test_the_time_of_the_first_failure_stays(batches: list[dict[int, RecordState]]) -> None:
    """An offset that fails again keeps the time since when it is incomplete."""
    ledger, _ = after(batches)
    again = [RecordResult(offset, 0, RecordState.INCOMPLETE, 9) for offset in ledger.incomplete]
    entries = settle(ledger, again, NOW + 5_000).incomplete.values()
    assert all(entry.since == NOW and entry.attempts == 9 for entry in entries)


def test_at_the_bound_only_retries_are_admitted() -> None:
    """With as many incomplete offsets as allowed nothing new is admitted, and what is incomplete still is."""
    ledger = Ledger(0, 10, NOW, {3: Incomplete(1), 5: Incomplete(1)}, deferred=((7, 7),))
    assert [admit(ledger, offset, 2) for offset in (3, 4, 7, 10)] == [
        Admit.RETRY,
        Admit.DUPLICATE,
        Admit.BACKPRESSURE,
        Admit.BACKPRESSURE,
    ]
    assert admit(ledger, 10, 3) is Admit.NEW


@given(BATCHES, st.lists(st.tuples(st.sets(st.integers(0, 40), min_size=1), st.booleans()), max_size=3))
def test_what_was_delivered_and_not_answered_for_is_not_done(
    batches: list[dict[int, RecordState]], deliveries: list[tuple[set[int], bool]]
) -> None:
    """What a crashed or refused invocation got never passes for done, unless it was before; and what was settled
    stands as it stood."""
    ledger, last = after(batches)
    notes = [Delivered(str(number), ranges(offsets), exact) for number, (offsets, exact) in enumerate(deliveries)]
    recovered = recover(ledger, notes, NOW)
    exactly = set[int]().union(*(offsets for offsets, exact in deliveries if exact))
    for offset in range(45):
        if done(ledger, offset) or offset in ledger.incomplete:
            assert admit(recovered, offset, BOUND) is admit(ledger, offset, BOUND)
        else:
            assert admit(recovered, offset, BOUND) is Admit.NEW
        waits = contains(recovered.deferred, offset)
        was = contains(ledger.deferred, offset)
        assert waits == (was or (offset in exactly and last.get(offset) is None))


@example([{0: RecordState.INCOMPLETE, 1: RecordState.DEFERRED}], set(), 0)
@given(BATCHES, st.sets(st.integers(0, 30)), st.integers(-10, 10))
def test_what_is_abandoned_blocks_nothing_and_is_not_done(
    batches: list[dict[int, RecordState]], present: set[int], past: int
) -> None:
    """Past the bound, and only then, exactly the unfinished offsets that are not in the batch block nothing any more;
    should one be redelivered all the same, it is new."""
    ledger, _ = after(batches)
    left, number = abandon(ledger, present, NOW + 1_000 + past, 1_000)
    unfinished = {offset for offset in range(31) if offset in ledger.incomplete or contains(ledger.deferred, offset)}
    gone = unfinished - present if past > 0 else set()
    assert number == len(gone)
    for offset in range(31):
        if offset in gone:
            assert admit(left, offset, BOUND) is Admit.NEW
            assert not contains(left.deferred, offset)
        else:
            assert admit(left, offset, BOUND) is admit(ledger, offset, BOUND)


@pytest.mark.robustness("clocks that jump or are wrong")
def test_what_a_clock_ahead_left_undone_grows_old_all_the_same() -> None:
    """Offsets left by a clock a year ahead count as left now, and are abandoned in their time, not a year later."""
    year = 365 * 86_400_000
    ledger = settle(
        Ledger(), [RecordResult(0, 1, RecordState.INCOMPLETE), RecordResult(1, 1, RecordState.DEFERRED)], year
    )
    aged, number = abandon(ledger, (), 1_000, 500)
    assert (number, aged.incomplete[0].since, aged.deferred_since) == (0, 1_000, 1_000)
    assert abandon(aged, (), 1_501, 500)[1] == 2


@pytest.mark.robustness("clocks that jump or are wrong")
def test_one_clock_ahead_makes_nothing_younger_that_another_left() -> None:
    """Where only some offsets were left by a clock ahead, they alone count as left now."""
    ledger = settle(Ledger(), [RecordResult(0, 1, RecordState.INCOMPLETE)], 100)
    ledger = settle(ledger, [RecordResult(1, 1, RecordState.INCOMPLETE)], 9_000)
    aged, number = abandon(ledger, (), 1_000, 5_000)
    assert (number, {offset: entry.since for offset, entry in aged.incomplete.items()}) == (0, {0: 100, 1: 1_000})


@given(BATCHES, st.integers(0, 35))
def test_after_a_rewind_exactly_the_rest_is_new(batches: list[dict[int, RecordState]], offset: int) -> None:
    """From the offset on everything is new, whatever became of it; below it nothing changes."""
    ledger, _ = after(batches)
    rewound = rewind(ledger, offset)
    for place in range(40):
        expected = Admit.NEW if place >= offset else admit(ledger, place, BOUND)
        assert admit(rewound, place, BOUND) is expected
        assert not contains(rewound.deferred, place) or place < offset, "nothing waits for what is new"
    assert rewind(rewound, offset) == rewound
    assert abandon(rewound, (), NOW + 9, 1)[1] == len(rewound.incomplete) + count(rewound.deferred)


@given(BATCHES, st.integers(0, 35), st.sets(st.integers(0, 40), min_size=1), st.booleans())
def test_what_a_ledger_knows_is_in_ranges_apart(
    batches: list[dict[int, RecordState]], offset: int, delivered: set[int], exact: bool
) -> None:
    """After any history, a rewind and a crash, sets of offsets are sorted, apart, and none has what another has."""
    ledger, _ = after(batches)
    ledger = recover(rewind(ledger, offset), [Delivered("n", ranges(delivered), exact)], NOW)
    sets = [ledger.gaps, ledger.deferred, ranges(ledger.incomplete)]
    for held in sets:
        assert held == ranges(place for place in range(45) if contains(held, place))
    assert count(union(union(*sets[:2]), sets[2])) == sum(map(count, sets))


@given(BATCHES, st.integers(0, 35), STATES)
def test_after_a_rewind_the_ledger_goes_on(
    batches: list[dict[int, RecordState]], offset: int, batch: dict[int, RecordState]
) -> None:
    """What is settled after a rewind is known as ever, and nothing else becomes done by it."""
    ledger, _ = after(batches)
    rewound = rewind(ledger, offset)
    batch = possible(rewound, batch)
    settled = settle(rewound, results(batch), NOW)
    for place in range(40):
        expected = batch.get(place) is RecordState.DONE or (place not in batch and done(rewound, place))
        assert done(settled, place) is expected


@given(BATCHES, st.sets(st.integers(0, 40)))
def test_covering_offsets_makes_none_done_but_them(batches: list[dict[int, RecordState]], offsets: set[int]) -> None:
    """What the ledger newly covers beside the given offsets is a gap, and nothing that was known is lost."""
    ledger, _ = after(batches)
    wider = cover(ledger, ranges(offsets))
    for place in range(45):
        if place not in offsets:
            assert done(wider, place) is done(ledger, place)


def test_what_is_deferred_again_keeps_nothing_fresh_that_never_comes_again() -> None:
    """Offsets that are redelivered and deferred each time do not keep one from being abandoned that Kafka deleted."""
    held = Ledger(0, 10, deferred=((0, 0), (5, 9)), deferred_since=1_000)
    again = [RecordResult(offset, 1, RecordState.DEFERRED) for offset in range(5, 10)]
    for now in (2_000, 3_000):
        held = settle(held, again, now)
        held = recover(held, [Delivered("n", ((5, 9),), exact=True)], now)
    left, number = abandon(held, range(5, 10), 3_000, 1_500)
    assert number == 1 and left.deferred == ((5, 9),) and left.gaps == ((0, 0),)
    newly = settle(held, [RecordResult(10, 1, RecordState.DEFERRED)], 3_000)
    assert newly.deferred_since == 3_000


def test_a_ledger_that_knows_nothing_is_that_of_an_item_without_attributes() -> None:
    """A partition's first claim finds an item in which nobody has settled anything."""
    assert from_attributes({}) == Ledger()


def test_the_first_offsets_are_where_a_ledger_begins() -> None:
    """What lies below them was never its own; from then on what is left out is a gap, below them too."""
    begun = cover(Ledger(), ((5, 7),))
    assert (begun.first, begun.next, begun.gaps) == (5, 8, ())
    assert cover(Ledger(0, 1), ((5, 7),)) == Ledger(0, 8, gaps=((1, 4),))
    assert cover(begun, ((2, 2),)) == Ledger(2, 8, gaps=((3, 4),))


def test_a_ledger_that_was_rewound_below_all_of_it_knows_nothing_as_done() -> None:
    """The offsets asked for come back as they were given: in one piece."""
    rewound = rewind(settle(Ledger(), results({5: RecordState.DONE}), NOW), 3)
    assert undone(rewound, ((0, 9),)) == ((0, 9),)


def test_a_rewind_keeps_the_fingerprints_of_what_is_below_it() -> None:
    """What comes at the offset itself may be of another log."""
    ledger = Ledger(0, 10, samples={0: 11, 4: 12, 5: 13, 9: 14})
    assert rewind(ledger, 5).samples == {0: 11, 4: 12}


def test_what_is_old_and_here_is_not_abandoned() -> None:
    """It was redelivered: the ledger stays as it is."""
    ledger = Ledger(0, 10, incomplete={3: Incomplete(1, 100)}, deferred=((5, 6),), deferred_since=100)
    assert abandon(ledger, (3, 5, 6), 9_000, 1_000) == (ledger, 0)


@pytest.mark.parametrize(("served", "stamp"), [((), 0), (("a",), NOW - 7)])
def test_the_time_of_a_record_is_kept_where_some_destinations_have_it(served: tuple[str, ...], stamp: int) -> None:
    """By it another record at the same offset is told from one whose other destinations are still to be served."""
    settled = settle(Ledger(), [RecordResult(4, NOW - 7, RecordState.INCOMPLETE, 2, served, 9)], NOW)
    assert settled.incomplete == {4: Incomplete(2, NOW, served, 9, stamp)}


def test_the_newest_timestamp_is_that_of_all_that_is_done() -> None:
    """In whatever order they were settled; what is not done says nothing of it."""
    batch = [RecordResult(offset, stamp, RecordState.DONE) for offset, stamp in enumerate((5, 9, 7))]
    ledger = settle(Ledger(), [*batch, RecordResult(3, 99, RecordState.INCOMPLETE)], NOW)
    assert ledger.newest == 9
    assert settle(ledger, [RecordResult(4, 6, RecordState.DONE)], NOW).newest == 9


def test_where_nothing_is_deferred_no_time_of_it_is_kept() -> None:
    """Whatever it became instead."""
    for state in (RecordState.DONE, RecordState.INCOMPLETE):
        ledger = settle(Ledger(), [RecordResult(0, 1, RecordState.DEFERRED)], NOW)
        assert ledger.deferred_since == NOW
        assert settle(ledger, [RecordResult(0, 1, state)], NOW + 5).deferred_since == 0
