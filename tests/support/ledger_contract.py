"""What every ledger store promises; each test takes a store that is empty for its partition."""

from typing import Protocol

from comboio.ledger.ledger import Admit, Ledger, Pending, admit
from comboio.ledger.offsets import ranges
from comboio.ledger.store import LeaseInfo, LedgerStore

NOW = 1_795_359_600_000
PART = "mt-c400-3"
LATER = NOW + 60_000


class Desk(LedgerStore, Protocol):
    """A store that operators can look into."""

    def peek(self, partition: str, now: int) -> LeaseInfo | None: ...


class LedgerStoreContract:
    """Inherit it, and give a fixture `store`."""

    def test_a_look_takes_nothing(self, store: Desk) -> None:
        """Looking tells whose a partition is and how it stands, crash and refusals included, and changes nothing."""
        assert store.peek(PART, NOW) is None
        store.claim(PART, "a", NOW, LATER, ((0, 9),))
        store.claim(PART, "b", NOW, LATER, ((10, 19),))
        found = store.peek(PART, NOW)
        assert found is not None and (found.owner, found.lease_until) == ("a", LATER)
        assert (found.ledger.next, found.ledger.waiting) == (20, ((0, 19),))
        assert store.peek(PART, NOW) == found
        assert store.settle(PART, "a", Ledger(10), 0)
        after = store.peek(PART, NOW)
        assert after is not None and (after.lease_until, after.ledger.waiting) == (0, ((10, 19),))

    def test_an_unknown_partition_is_an_empty_ledger(self, store: LedgerStore) -> None:
        """The first claim of a partition gets a ledger that knows nothing."""
        assert store.claim(PART, "a", NOW, LATER, ((0, 9),)) == Ledger()

    def test_a_settled_ledger_comes_back(self, store: LedgerStore) -> None:
        """What one owner settles, the next one gets: whole, and at once."""
        store.claim(PART, "a", NOW, LATER, ((0, 9),))
        undone = {3: Pending(2, NOW, ("x",), 7), 4: Pending(0, NOW)}
        ledger = Ledger(10, NOW - 5, undone, ((6, 7),), NOW)
        assert store.settle(PART, "a", ledger, 0)
        assert store.claim(PART, "b", NOW + 1, LATER, ((10, 19),)) == ledger

    def test_undone_offsets_go_when_they_are_done(self, store: LedgerStore) -> None:
        """A settlement with nothing undone leaves nothing of an earlier one."""
        store.claim(PART, "a", NOW, LATER, ((0, 9),))
        store.settle(PART, "a", Ledger(10, 1, {3: Pending(1)}, ((6, 7),), NOW), LATER)
        store.settle(PART, "a", Ledger(10, 2), 0)
        assert store.claim(PART, "a", NOW, LATER, ()) == Ledger(10, 2)

    def test_a_live_owner_keeps_others_out(self, store: LedgerStore) -> None:
        """While a lease lives nobody else gets the partition; one millisecond after, anybody does."""
        store.claim(PART, "a", NOW, LATER, ((0, 9),))
        assert store.claim(PART, "b", LATER - 1, LATER + 9, ((0, 9),)) is None
        assert store.claim(PART, "b", LATER, LATER + 9, ((0, 9),)) is not None
        assert store.claim(PART, "a", LATER, LATER + 9, ((0, 9),)) is None

    def test_partitions_do_not_touch(self, store: LedgerStore) -> None:
        """The lease of one partition says nothing of another."""
        store.claim(PART, "a", NOW, LATER, ((0, 9),))
        assert store.claim("mt-c400-4", "b", NOW, LATER, ((0, 9),)) == Ledger()

    def test_a_lost_owner_settles_nothing(self, store: LedgerStore) -> None:
        """Whoever lost the partition is told so, and changes nothing."""
        assert not store.settle(PART, "nobody", Ledger(99), 0)
        store.claim(PART, "a", NOW, LATER, ((0, 9),))
        store.claim(PART, "b", LATER, LATER + 9, ((0, 9),))
        assert not store.settle(PART, "a", Ledger(99), 0)
        assert store.settle(PART, "b", Ledger(10), 0)
        ledger = store.claim(PART, "c", LATER, LATER + 9, ())
        assert ledger is not None and ledger.next == 10

    def test_a_settlement_can_be_said_again(self, store: LedgerStore) -> None:
        """A settlement whose answer was lost is said again, and still holds."""
        store.claim(PART, "a", NOW, LATER, ((0, 9),))
        assert store.settle(PART, "a", Ledger(10), 0)
        assert store.settle(PART, "a", Ledger(10), 0)

    def test_a_checkpoint_keeps_the_lease(self, store: LedgerStore) -> None:
        """A settlement on the way leaves the partition with its owner."""
        store.claim(PART, "a", NOW, LATER, ((0, 9),))
        store.settle(PART, "a", Ledger(10, 0, {5: Pending()}), LATER)
        assert store.claim(PART, "b", NOW + 1, LATER, ((0, 9),)) is None
        found = store.claim(PART, "b", LATER, LATER + 9, ((0, 9),))
        assert found is not None and (found.next, set(found.pending)) == (10, {5})

    def test_a_release_opens_the_partition(self, store: LedgerStore) -> None:
        """What was given back can be had at once, and what was brought to its owner is not taken for done."""
        store.claim(PART, "a", NOW, LATER, ((0, 9),))
        store.release(PART, "a")
        ledger = store.claim(PART, "b", NOW + 1, LATER, ((10, 19),))
        assert ledger is not None
        assert {admit(ledger, offset, 100) for offset in range(20)} == {Admit.NEW}

    def test_only_the_owner_releases(self, store: LedgerStore) -> None:
        """Giving back what somebody else has, or nobody knows, does nothing."""
        store.release(PART, "b")
        store.claim(PART, "a", NOW, LATER, ((0, 9),))
        store.release(PART, "b")
        assert store.claim(PART, "b", NOW + 1, LATER, ((0, 9),)) is None

    def test_what_a_crashed_owner_was_brought_is_not_done(self, store: LedgerStore) -> None:
        """A later batch that is settled first does not make those of a crashed owner pass for duplicates."""
        store.claim(PART, "a", NOW, LATER, ((0, 9),))
        found = store.claim(PART, "b", LATER, LATER + 9, ((10, 19),))
        assert found is not None
        assert {admit(found, offset, 100) for offset in range(20)} == {Admit.NEW}

    def test_two_crashes_in_a_row_are_both_remembered(self, store: LedgerStore) -> None:
        """A second crash does not make the first one forgotten."""
        store.claim(PART, "a", NOW, LATER, ((0, 9),))
        store.claim(PART, "b", LATER, LATER + 1, ((10, 19),))
        found = store.claim(PART, "c", LATER + 1, LATER + 9, ((20, 29),))
        assert found is not None
        assert {admit(found, offset, 100) for offset in range(30)} == {Admit.NEW}

    def test_a_claim_can_be_said_again(self, store: LedgerStore) -> None:
        """A claim whose answer was lost gets the same knowledge the second time."""
        store.claim(PART, "a", NOW, LATER, ((0, 9),))
        store.claim(PART, "b", LATER, LATER + 9, ((10, 19),))
        again = store.claim(PART, "b", LATER, LATER + 9, ((10, 19),))
        assert again is not None
        assert {admit(again, offset, 100) for offset in range(20)} == {Admit.NEW}

    def test_what_was_refused_is_not_done(self, store: LedgerStore) -> None:
        """What came while somebody else had the partition is remembered, till it is answered for."""
        store.claim(PART, "a", NOW, LATER, ((0, 9),))
        assert store.claim(PART, "b", NOW, LATER, ((5, 19),)) is None
        assert store.settle(PART, "a", Ledger(10), 0)
        found = store.claim(PART, "c", NOW, LATER, ((20, 29),))
        assert found is not None
        assert [admit(found, offset, 100) for offset in (5, 9, 10, 19, 20)] == [
            Admit.DUPLICATE,
            Admit.DUPLICATE,
            Admit.NEW,
            Admit.NEW,
            Admit.NEW,
        ]

    def test_a_refusal_is_answered_for_once(self, store: LedgerStore) -> None:
        """Once a settlement has taken a refusal over, it is noted nowhere else."""
        store.claim(PART, "a", NOW, LATER, ((0, 9),))
        store.claim(PART, "b", NOW, LATER, ((10, 19),))
        store.settle(PART, "a", Ledger(10), 0)
        found = store.claim(PART, "c", NOW, LATER, ((10, 19),))
        assert found is not None and found.refusals
        store.settle(PART, "c", Ledger(20, 0, refusals=found.refusals), 0)
        assert store.claim(PART, "d", NOW, LATER, ((20, 29),)) == Ledger(20)

    def test_a_ledger_at_its_bound_is_kept(self, store: LedgerStore) -> None:
        """15,000 undone offsets with tokens go through the store as one item."""
        undone = {offset * 2: Pending(1, NOW, ("x",), offset * 2_654_435_761 % 2**32) for offset in range(15_000)}
        store.claim(PART, "a", NOW, LATER, ranges(undone))
        store.settle(PART, "a", Ledger(30_000, NOW, undone), 0)
        found = store.claim(PART, "b", NOW, LATER, ())
        assert found is not None and found.pending == undone
