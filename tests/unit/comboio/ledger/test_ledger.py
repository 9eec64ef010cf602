"""What the ledger says of an offset, whatever happened before."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from comboio.ledger.ledger import (
    FUTURE_SKEW_MS,
    Admit,
    Ledger,
    Pending,
    RecordResult,
    RecordState,
    abandon,
    admit,
    recover,
    recreated,
    refusal,
    rewind,
    settle,
)
from comboio.ledger.offsets import contains, ranges

NOW = 1_795_359_600_000
BOUND = 1_000


@dataclass
class At:
    """A record as far as the ledger looks at it."""

    offset: int
    timestamp: int = NOW - 1_000


STANDINGS = st.dictionaries(st.integers(0, 30), st.sampled_from(RecordState), min_size=1)
BATCHES = st.lists(STANDINGS, max_size=6)


def marks(standings: dict[int, RecordState]) -> list[RecordResult]:
    """A batch's marks in offset order."""
    return [RecordResult(offset, NOW - 1_000, standing) for offset, standing in sorted(standings.items())]


def after(batches: list[dict[int, RecordState]]) -> tuple[Ledger, dict[int, RecordState]]:
    """The ledger after some batches, and how each offset stood last."""
    ledger, last = Ledger(), dict[int, RecordState]()
    for batch in batches:
        admitted = possible(ledger, batch)
        ledger = settle(ledger, marks(admitted), NOW)
        last.update(admitted)
    return ledger, last


def possible(ledger: Ledger, batch: dict[int, RecordState]) -> dict[int, RecordState]:
    """The batch as far as it can be: a duplicate has no standing, and what is pending is never refused."""
    found = {}
    for offset, standing in batch.items():
        verdict = admit(ledger, offset, BOUND)
        if verdict is Admit.RETRY and standing is RecordState.WAITING:
            found[offset] = RecordState.PENDING
        elif verdict is not Admit.DUPLICATE:
            found[offset] = standing
    return found


@given(BATCHES)
def test_the_ledger_knows_how_each_offset_stands(batches: list[dict[int, RecordState]]) -> None:
    """After any batches in any order: done is a duplicate, pending a retry, what waited or never came by is new."""
    ledger, last = after(batches)
    verdicts = {RecordState.DONE: Admit.DUPLICATE, RecordState.PENDING: Admit.RETRY, RecordState.WAITING: Admit.NEW}
    for offset, standing in last.items():
        assert admit(ledger, offset, BOUND) is verdicts[standing]
    for offset in range(max(last, default=-1) + 1, 40):
        assert admit(ledger, offset, BOUND) is Admit.NEW


@given(BATCHES, STANDINGS)
def test_a_settlement_can_be_said_again(batches: list[dict[int, RecordState]], batch: dict[int, RecordState]) -> None:
    """Settling the same batch twice, as after a lost answer, is settling it once."""
    ledger, _ = after(batches)
    batch = possible(ledger, batch)
    once = settle(ledger, marks(batch), NOW)
    assert settle(once, marks(batch), NOW) == once


@given(BATCHES, STANDINGS)
def test_a_checkpoint_changes_nothing_in_the_end(
    batches: list[dict[int, RecordState]], batch: dict[int, RecordState]
) -> None:
    """A batch settled on its way, while all of it was undone, ends as one that was settled at its end only."""
    ledger, _ = after(batches)
    batch = possible(ledger, batch)
    way = {offset: how if how is RecordState.WAITING else RecordState.PENDING for offset, how in batch.items()}
    on_its_way = settle(ledger, marks(way), NOW)
    assert settle(on_its_way, marks(batch), NOW) == settle(ledger, marks(batch), NOW)


@given(BATCHES)
def test_time_of_the_first_failure_stays(batches: list[dict[int, RecordState]]) -> None:
    """An offset that fails again keeps the time since when it is undone."""
    ledger, _ = after(batches)
    failed_again = settle(
        ledger, [RecordResult(offset, 0, RecordState.PENDING, 9) for offset in ledger.pending], NOW + 5_000
    )
    assert all(entry.since == NOW and entry.attempts == 9 for entry in failed_again.pending.values())


def test_at_the_bound_only_retries_are_admitted() -> None:
    """With as many pending as allowed nothing new is admitted, and what is pending still is."""
    ledger = Ledger(10, NOW, {3: Pending(1), 5: Pending(1)}, waiting=((7, 7),))
    assert [admit(ledger, offset, 2) for offset in (3, 4, 7, 10)] == [
        Admit.RETRY,
        Admit.DUPLICATE,
        Admit.BACKPRESSURE,
        Admit.BACKPRESSURE,
    ]
    assert admit(ledger, 10, 3) is Admit.NEW


@given(BATCHES, st.sets(st.integers(0, 40)), st.lists(st.sets(st.integers(0, 40)), max_size=3))
def test_what_was_brought_and_not_answered_for_is_new(
    batches: list[dict[int, RecordState]], crashed: set[int], refused: list[set[int]]
) -> None:
    """What a crashed owner or a refused one was brought never passes for done, unless it was before."""
    ledger, last = after(batches)
    theirs = [ranges(offset for offset in offsets if offset >= ledger.next) for offsets in refused]
    recovered = recover(ledger, ranges(crashed), theirs, NOW)
    for offset in crashed.union(*refused):
        if offset >= ledger.next:
            assert admit(recovered, offset, BOUND) is Admit.NEW
    for offset in last:
        assert admit(recovered, offset, BOUND) is admit(ledger, offset, BOUND)


@given(st.sets(st.integers(0, 30)), st.integers(0, 30), st.sets(st.integers(0, 30)))
def test_a_refusal_notes_what_nobody_knows(brought: set[int], next_offset: int, theirs: set[int]) -> None:
    """A refused batch notes what is neither below `next` nor in the owner's hands."""
    noted = refusal(ranges(brought), next_offset, ranges(theirs))
    assert noted == ranges(offset for offset in brought - theirs if offset >= next_offset)


def test_a_recreated_topic_is_told_from_duplicates() -> None:
    """A record below `next` that is newer than all that was ever handled cannot have been handled."""
    ledger = Ledger(100, NOW - 10_000)
    assert recreated(ledger, [At(50, NOW - 10_001), At(0, NOW - 9_999)], NOW)


def test_what_proves_nothing_resets_nothing() -> None:
    """No timestamp, one from the future, an old one, or a record known to be undone says nothing of a new topic."""
    ledger = Ledger(100, NOW - 10_000, {7: Pending(1)}, waiting=((8, 9),))
    innocent = [At(0, 0), At(1, -1), At(2, NOW + FUTURE_SKEW_MS + 1), At(3, NOW - 10_000), At(7), At(8), At(100)]
    assert not recreated(ledger, innocent, NOW)


@given(st.lists(st.integers(-100_000, FUTURE_SKEW_MS), min_size=1), st.integers(0, 10**6))
def test_redelivered_records_never_look_like_a_new_topic(skews: list[int], later_ms: int) -> None:
    """Records that were done are duplicates when they come again, also when their producer's clock was ahead."""
    records = [At(offset, NOW + skew) for offset, skew in enumerate(skews)]
    ledger = settle(
        Ledger(), [RecordResult(record.offset, record.timestamp, RecordState.DONE) for record in records], NOW
    )
    assert not recreated(ledger, records, NOW + later_ms)


def test_a_far_future_clock_does_not_blind_the_ledger() -> None:
    """A record from the year 2100 does not hide that the topic was made again."""
    ledger = settle(
        Ledger(),
        [RecordResult(0, NOW - 500, RecordState.DONE), RecordResult(1, 4_102_444_800_000, RecordState.DONE)],
        NOW,
    )
    assert ledger.newest == NOW - 500
    assert recreated(ledger, [At(0, NOW + 10)], NOW + 1_000)


@given(BATCHES, st.sets(st.integers(0, 30)), st.integers(-10, 10))
def test_only_what_is_old_and_absent_is_abandoned(
    batches: list[dict[int, RecordState]], present: set[int], past: int
) -> None:
    """Past the bound, and only then, exactly the undone offsets that are not in the batch are given up."""
    ledger, _ = after(batches)
    left, count = abandon(ledger, [At(offset) for offset in present], NOW + 1_000 + past, 1_000)
    undone = {offset for offset in range(31) if offset in ledger.pending or contains(ledger.waiting, offset)}
    gone = undone - present if past > 0 else set()
    assert count == len(gone)
    for offset in range(31):
        expected = Admit.DUPLICATE if offset in gone else admit(ledger, offset, BOUND)
        assert admit(left, offset, BOUND) is expected


@given(BATCHES, st.integers(0, 35))
def test_after_a_rewind_exactly_the_rest_is_new(batches: list[dict[int, RecordState]], offset: int) -> None:
    """From the offset on everything is new, whatever became of it; below it nothing changes."""
    ledger, _ = after(batches)
    rewound = rewind(ledger, offset)
    for place in range(40):
        expected = Admit.NEW if place >= offset else admit(ledger, place, BOUND)
        assert admit(rewound, place, BOUND) is expected
    assert rewind(rewound, offset) == rewound


@given(BATCHES, st.integers(0, 35), st.lists(st.integers(0, 35)))
def test_a_rewind_is_no_recreated_topic(batches: list[dict[int, RecordState]], offset: int, again: list[int]) -> None:
    """What is brought again after a rewind, from wherever, does not make the ledger start over."""
    ledger, _ = after(batches)
    assert not recreated(rewind(ledger, offset), [At(place) for place in again if ledger.newest], NOW)
