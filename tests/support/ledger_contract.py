"""What every ledger store promises; each test takes a store that is empty for its partition."""

from typing import Protocol

import pytest
from msgspec.structs import replace

from comboio.invocation import LONGEST_HOLD_MS
from comboio.ledger.delivered import MOST_NOTES
from comboio.ledger.duplicate import Admit, admit
from comboio.ledger.ledger import Incomplete, Ledger, RecordResult, RecordState, settle
from comboio.ledger.offsets import ranges
from comboio.ledger.store import LedgerStore, ReplayNotes

NOW = 1_795_359_600_000
PART = "c1/mt-c400-3"
LATER = NOW + 60_000


class NotedStore(LedgerStore, ReplayNotes, Protocol):
    """A store that takes notes of replays, too."""


class LedgerStoreContract:
    """Inherit it, and give a fixture `store`."""

    def test_peeking_takes_nothing(self, store: LedgerStore) -> None:
        """Peeking tells who has a partition and how it stands, crash and refusals included, and changes nothing."""
        assert store.peek(PART, NOW) is None
        store.claim(PART, "a", NOW, LATER, ((0, 9),))
        store.claim(PART, "b", NOW, LATER, ((10, 19),))
        found = store.peek(PART, NOW)
        assert found is not None and (found.owner, found.lease_until) == ("a", LATER)
        assert (found.ledger.next, found.ledger.deferred) == (20, ((0, 19),))
        assert store.peek(PART, NOW) == found
        assert store.settle(PART, "a", done(claimed(store, "a", NOW, ((0, 9),)), range(10)), 0)
        after = store.peek(PART, NOW)
        assert after is not None and after.lease_until == 0
        assert {admit(after.ledger, offset, 100) for offset in range(10)} == {Admit.DUPLICATE}

    @pytest.mark.robustness("clocks that jump or are wrong")
    def test_a_lease_of_a_wrong_clock_holds_nobody_up(self, store: LedgerStore) -> None:
        """An owner whose clock was a day ahead, and that died, does not keep its partition for a day."""
        day = 86_400_000
        store.claim(PART, "a", NOW + day, NOW + day + 60_000, ((0, 9),))
        assert store.claim(PART, "b", NOW, LATER, ((0, 9),)) is not None
        assert store.claim(PART, "c", NOW, LATER, ((0, 9),)) is None

    @pytest.mark.robustness("clocks that jump or are wrong")
    def test_the_longest_lease_is_a_lease(self, store: LedgerStore) -> None:
        """One that ends as late as an invocation may holds others off; a millisecond more was a wrong clock."""
        store.claim(PART, "a", NOW, NOW + LONGEST_HOLD_MS, ((0, 9),))
        assert store.claim(PART, "b", NOW, LATER, ((0, 9),)) is None
        assert store.claim(PART, "b", NOW - 1, LATER, ((0, 9),)) is not None

    def test_several_partitions_are_claimed_and_settled_each_for_itself(self, store: LedgerStore) -> None:
        """One that another invocation has holds up no other."""
        both = {PART: ((0, 9),), f"{PART}0": ((5, 5),)}
        assert store.claim(PART, "a", NOW, LATER, ((0, 9),)) is not None
        found = store.begin_claims(both, "b", NOW, LATER)()
        assert found.keys() == both.keys() and found[PART] is None
        mine = found[f"{PART}0"]
        assert isinstance(mine, Ledger)
        settled = store.begin_settlements({PART: Ledger(0, 3), f"{PART}0": replace(mine, first=5, next=6)}, "b", 0)()
        assert settled == {PART: False, f"{PART}0": True}
        after = store.peek(f"{PART}0", NOW)
        assert after is not None and (after.ledger.first, after.ledger.next, after.lease_until) == (5, 6, 0)

    def test_an_unknown_partition_is_an_empty_ledger(self, store: LedgerStore) -> None:
        """The first claim of a partition gets a ledger that knows nothing but its own delivery."""
        assert replace(claimed(store, "a", NOW, ((0, 9),)), delivered=()) == Ledger()

    def test_a_settled_ledger_comes_back(self, store: LedgerStore) -> None:
        """What one owner settles, the next one gets: whole, and at once."""
        claimed(store, "a", NOW, ((0, 9),))
        ledger = Ledger(
            first=2,
            next=10,
            newest=NOW - 5,
            incomplete={3: Incomplete(2, NOW, ("x",), 7, NOW - 9), 4: Incomplete(0, NOW)},
            deferred=((6, 7),),
            deferred_since=NOW,
            gaps=((9, 9),),
            samples={2: 77},
            diverted={"x": "m-1"},
        )
        assert store.settle(PART, "a", replace(ledger, delivered=claimed(store, "a", NOW, ((0, 9),)).delivered), 0)
        assert replace(claimed(store, "b", NOW + 1, ((10, 19),)), delivered=()) == ledger

    @pytest.mark.robustness("letters that fail in part, twice or are none")
    def test_nothing_waits_for_what_was_replayed(self, store: NotedStore) -> None:
        """Whoever has the lease meanwhile, the next claim has no wait for it, and no word that it is done; once that is
        settled, the notes are gone."""
        mine = claimed(store, "a", NOW, ((0, 9),))
        incomplete = {3: Incomplete(2, NOW, ("x",), 7), 4: Incomplete(0, NOW)}
        offsets = ranges(range(100, 4_000, 3))
        assert store.settle(
            PART, "a", replace(mine, first=0, next=9_000, incomplete=incomplete, deferred=offsets), LATER
        )
        replays = ranges([3, 8, *range(103, 4_000, 3)])
        assert store.note_replays({PART: replays, "c1/nobody-0": ((0, 1),)}) == {PART: True, "c1/nobody-0": False}
        assert store.peek("c1/nobody-0", NOW) is None
        again = claimed(store, "b", LATER + 1, ((9_000, 9_000),))
        assert (set(again.incomplete), again.deferred) == ({4}, ((100, 100),))
        assert again.gaps == ranges([3, *range(103, 4_000, 3)])
        assert admit(again, 3, 10_000) is not Admit.DUPLICATE
        assert store.settle(PART, "b", replace(again, incomplete={3: Incomplete(1, NOW)}, gaps=()), 0)
        assert set(claimed(store, "c", LATER + 2, ((9_001, 9_001),)).incomplete) == {3}

    def test_notes_of_replays_are_bounded(self, store: NotedStore) -> None:
        """Where nobody claims the partition they do not fill its item: the wait then ends by its age."""
        claimed(store, "a", NOW, ((0, 9),))
        noted = [store.note_replays({PART: ((offset, offset),)})[PART] for offset in range(MOST_NOTES + 1)]
        assert noted == [True] * MOST_NOTES + [False]

    def test_unfinished_offsets_go_when_they_are_done(self, store: LedgerStore) -> None:
        """A settlement with nothing unfinished leaves nothing of an earlier one."""
        mine = claimed(store, "a", NOW, ((0, 9),)).delivered
        troubled = Ledger(0, 10, 1, {3: Incomplete(1)}, ((6, 7),), NOW, ((8, 8),), {1: 2}, {"x": "m"}, mine)
        store.settle(PART, "a", troubled, LATER)
        store.settle(PART, "a", Ledger(0, 10, 2), 0)
        assert replace(claimed(store, "a", NOW, ()), delivered=()) == Ledger(0, 10, 2)

    def test_a_live_owner_keeps_others_out(self, store: LedgerStore) -> None:
        """While a lease lives nobody else gets the partition; one millisecond after, anybody does."""
        claimed(store, "a", NOW, ((0, 9),))
        assert store.claim(PART, "b", LATER - 1, LATER + 9, ((0, 9),)) is None
        assert store.claim(PART, "b", LATER, LATER + 9, ((0, 9),)) is not None
        assert store.claim(PART, "a", LATER, LATER + 9, ((0, 9),)) is None

    def test_partitions_do_not_touch(self, store: LedgerStore) -> None:
        """The lease of one partition says nothing of another, nor of its namesake in another cluster."""
        claimed(store, "a", NOW, ((0, 9),))
        for other in ("c1/mt-c400-4", "c2/mt-c400-3"):
            found = store.claim(other, "b", NOW, LATER, ((0, 9),))
            assert found is not None and replace(found, delivered=()) == Ledger()

    def test_a_lost_owner_settles_nothing(self, store: LedgerStore) -> None:
        """An owner that lost its lease is told so, and changes nothing."""
        assert not store.settle(PART, "nobody", Ledger(0, 99), 0)
        claimed(store, "a", NOW, ((0, 9),))
        claimed(store, "b", LATER, ((0, 9),))
        assert not store.settle(PART, "a", Ledger(0, 99), 0)
        assert store.settle(PART, "b", Ledger(0, 10), 0)
        assert claimed(store, "c", LATER, ()).next == 10

    def test_a_settlement_can_be_repeated(self, store: LedgerStore) -> None:
        """A settlement whose answer was lost is sent again, and still holds."""
        ledger = done(claimed(store, "a", NOW, ((0, 9),)), range(10))
        assert store.settle(PART, "a", ledger, 0)
        assert store.settle(PART, "a", ledger, 0)

    def test_a_checkpoint_keeps_the_lease(self, store: LedgerStore) -> None:
        """A settlement on the way leaves the lease with its owner."""
        mine = claimed(store, "a", NOW, ((0, 9),)).delivered
        store.settle(PART, "a", Ledger(0, 10, 0, {5: Incomplete()}, delivered=mine), LATER)
        assert store.claim(PART, "b", NOW + 1, LATER, ((0, 9),)) is None
        found = claimed(store, "b", LATER, ((0, 9),))
        assert (found.next, set(found.incomplete)) == (10, {5})

    def test_a_release_opens_the_partition(self, store: LedgerStore) -> None:
        """A released lease can be taken at once, and what was delivered to its owner is not taken for done."""
        claimed(store, "a", NOW, ((0, 9),))
        store.release(PART, "a")
        released = store.peek(PART, NOW)
        assert released is not None and released.lease_until == 0
        ledger = claimed(store, "b", NOW + 1, ((10, 19),))
        assert {admit(ledger, offset, 100) for offset in range(20)} == {Admit.NEW}
        assert ledger.deferred == ((0, 9),)

    def test_only_the_owner_releases(self, store: LedgerStore) -> None:
        """Releasing the lease of another owner, or of a partition that nobody knows, does nothing."""
        store.release(PART, "b")
        claimed(store, "a", NOW, ((0, 9),))
        store.release(PART, "b")
        assert store.claim(PART, "b", NOW + 1, LATER, ((0, 9),)) is None

    def test_what_was_delivered_to_crashed_owners_is_deferred(self, store: LedgerStore) -> None:
        """Crash after crash, the next owner knows what was delivered and not answered for."""
        claimed(store, "a", NOW, ((0, 9),))
        claimed(store, "b", LATER, ((10, 19),))
        found = claimed(store, "c", LATER + 60_000, ((20, 29),))
        assert {admit(found, offset, 100) for offset in range(30)} == {Admit.NEW}
        assert found.deferred == ((0, 19),)

    def test_a_claim_can_be_repeated(self, store: LedgerStore) -> None:
        """A claim whose answer was lost gets the same knowledge the second time."""
        claimed(store, "a", NOW, ((0, 9),))
        claimed(store, "b", LATER, ((10, 19),))
        again = claimed(store, "b", LATER, ((10, 19),))
        assert {admit(again, offset, 100) for offset in range(20)} == {Admit.NEW}
        assert again.deferred[0][0] == 0

    def test_what_was_refused_is_deferred(self, store: LedgerStore) -> None:
        """What was delivered while another invocation had the lease is known to the next owner, as far as it is not
        done."""
        mine = claimed(store, "a", NOW, ((0, 9),))
        assert store.claim(PART, "b", NOW, LATER, ((5, 19),)) is None
        assert store.settle(PART, "a", done(mine, range(10)), 0)
        found = claimed(store, "c", NOW, ((20, 29),))
        verdicts = [admit(found, offset, 100) for offset in (5, 9, 10, 19, 20)]
        assert verdicts == [Admit.DUPLICATE, Admit.DUPLICATE, Admit.NEW, Admit.NEW, Admit.NEW]
        assert found.deferred == ((10, 19),)

    def test_what_was_refused_is_answered_for_once(self, store: LedgerStore) -> None:
        """Once a settlement has taken a note over, it is noted nowhere else."""
        mine = claimed(store, "a", NOW, ((0, 9),))
        store.claim(PART, "b", NOW, LATER, ((10, 19),))
        store.settle(PART, "a", done(mine, range(10)), 0)
        found = claimed(store, "c", NOW, ((10, 19),))
        assert len(found.delivered) == 1  # two deliveries of the same offsets are one note
        store.settle(PART, "c", done(found, range(10, 20)), 0)
        fresh = claimed(store, "d", NOW, ((20, 29),))
        assert (fresh.next, fresh.deferred, len(fresh.delivered)) == (20, (), 1)

    def test_notes_are_bounded(self, store: LedgerStore) -> None:
        """However many deliveries are refused, the item stays small, and its owner can still settle."""
        mine = claimed(store, "a", NOW, ((0, 9),))
        for number in range(MOST_NOTES + 10):
            assert store.claim(PART, f"b{number}", NOW, LATER, ((10 + number, 99),)) is None
        assert store.settle(PART, "a", done(mine, range(10)), 0)
        assert len(claimed(store, "c", NOW, ((10, 19),)).delivered) == MOST_NOTES + 1 - len(mine.delivered)

    def test_a_ledger_at_its_bound_is_kept(self, store: LedgerStore) -> None:
        """10,000 incomplete offsets with tokens go through the store as one item."""
        entries = {offset * 2: Incomplete(1, NOW, ("x",), offset * 2_654_435_761 % 2**32) for offset in range(10_000)}
        mine = claimed(store, "a", NOW, ranges(entries)).delivered
        store.settle(PART, "a", Ledger(0, 20_000, NOW, entries, delivered=mine), 0)
        assert claimed(store, "b", NOW, ()).incomplete == entries

    def test_gaps_between_all_offsets_never_stop_a_partition(self, store: LedgerStore) -> None:
        """Batches of 2,000 records with a gap behind each, crash after crash, with other boundaries each time: the
        lease can always be taken, and the ledger settled."""
        base = 5_000_000_000
        for number in range(12):
            first = base + 2_000 * number
            offsets = ranges(range(first, first + 4_000, 2))
            ledger = store.claim(PART, f"i{number}", NOW + number * 60_000, NOW + (number + 1) * 60_000, offsets)
            assert ledger is not None
        batch = [RecordResult(offset, NOW, RecordState.DONE) for first, last in offsets for offset in (first, last)]
        assert ledger is not None and store.settle(PART, "i11", settle(ledger, batch, NOW), 0)
        assert admit(claimed(store, "z", LATER, ()), base, 100) is Admit.NEW


def claimed(store: LedgerStore, owner: str, now: int, offsets: tuple[tuple[int, int], ...]) -> Ledger:
    """Return the ledger of a claim that must succeed."""
    ledger = store.claim(PART, owner, now, now + 60_000, offsets)
    assert ledger is not None
    return ledger


def done(ledger: Ledger, offsets: range) -> Ledger:
    """Return the ledger after all of `offsets` were done."""
    return settle(ledger, [RecordResult(offset, NOW, RecordState.DONE) for offset in offsets], NOW)
