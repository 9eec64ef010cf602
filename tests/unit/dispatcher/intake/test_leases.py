"""The leases of one invocation: what is written of each partition, when, and what a store in trouble costs."""

from collections.abc import Mapping, Sequence

import pytest
from msgspec.structs import replace

from comboio.aws.json_api import AwsError
from comboio.contract.record import Record
from comboio.invocation import Invocation
from comboio.ledger.delivered import CONSOLIDATE_AT
from comboio.ledger.encoding import UnreadableLedgerError
from comboio.ledger.ledger import Incomplete, Ledger
from comboio.ledger.memory import MemoryLedgerStore
from comboio.ledger.offsets import Ranges
from comboio.ledger.store import LedgerFault, WaitForSettlements
from dispatcher.deadline import Budget
from dispatcher.intake.leases import Leases
from dispatcher.parcel import Outcome, Parcel
from tests.support.dispatcher import NOW, MemoryReporter, parcel, record

END = NOW + 60_000
A, B = "c/t-0", "c/t-1"
LOST = AwsError("dynamodb", "UpdateItem", "Unreachable", "cut off", 0)


class Store(MemoryLedgerStore):
    """Remembers how long each step may take, and fails where a test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[tuple[str, str, float]] = []
        self.fails: dict[str, Exception] = {}

    def claim(
        self, partition: str, owner: str, now: int, until: int, offsets: Ranges, *, within_s: float = 10.0
    ) -> Ledger | None:
        self._step("claim", partition, within_s)
        return super().claim(partition, owner, now, until, offsets)

    def settle(self, partition: str, owner: str, ledger: Ledger, lease_until: int, *, within_s: float = 10.0) -> bool:
        self._step("settle", partition, within_s)
        return super().settle(partition, owner, ledger, lease_until)

    def release(self, partition: str, owner: str, *, within_s: float = 10.0) -> None:
        self._step("release", partition, within_s)
        super().release(partition, owner)

    def _step(self, what: str, partition: str, within_s: float) -> None:
        self.steps.append((what, partition, within_s))
        if partition in self.fails:
            raise self.fails[partition]


class Setup:
    """The leases of an invocation that has 30 s for sending and 50 s in all."""

    def __init__(self, store: Store | None = None) -> None:
        self.store, self.reporter, self.s = store or Store(), MemoryReporter(), 100.0
        budget = Budget(lambda: self.s, 130.0, 140.0, 150.0)
        invocation = Invocation("me", END)
        self.leases = Leases(self.store, self.reporter, lambda: NOW, invocation, budget)

    def claim(self, *names: str, offsets: Sequence[int] = (5, 6)) -> None:
        """Claim partitions for the same offsets."""
        self.leases.claim({name: records(offsets) for name in names}, meanwhile=lambda: None)


def records(offsets: Sequence[int]) -> list[Record]:
    """Return records at these offsets."""
    return [record(offset) for offset in offsets]


def in_state(offset: int, outcome: Outcome | None = None, **changed: object) -> Parcel:
    """Return a parcel as a batch leaves it."""
    one = parcel(offset, token=7)
    one.outcome = outcome
    for name, value in changed.items():
        setattr(one, name, value)
    return one


def test_a_claim_gets_the_partitions_that_nobody_has() -> None:
    """Those that another invocation has are not among the leases; each claim is one write."""
    setup = Setup()
    setup.store.claim(B, "other", NOW, END, ((0, 1),))
    setup.claim(A, B)
    assert set(setup.leases.ledgers) == {A} and setup.leases.unreachable == []
    assert setup.leases.writes == 2
    found = setup.store.peek(A, NOW)
    assert found is not None and (found.owner, found.lease_until) == ("me", END)


def test_no_step_takes_time_that_is_not_its_own() -> None:
    """A claim ends while there is time to send, a checkpoint holds sending up for a moment at most, and a settlement
    and a release may take what is left."""
    setup = Setup()
    setup.claim(A)
    setup.leases.checkpoint({A: ()})
    setup.s = 129.0
    setup.leases.checkpoint({A: ()})
    setup.leases.settle({A: ()}, {})
    setup.leases.release()
    assert setup.store.steps == [
        ("claim", A, 30.0),
        ("settle", A, 2.0),
        ("settle", A, 1.0),
        ("settle", A, 21.0),
        ("release", A, 21.0),
    ]
    assert setup.leases.writes == 4


def test_at_the_end_each_record_is_what_became_of_it() -> None:
    """What is done is done; what was tried keeps its attempts, who has it and its key; what was not admitted is
    deferred. The lease is released, and what is in the hold queue is noted beside what was noted before."""
    setup = Setup()
    setup.claim(A, offsets=range(5))
    setup.leases.ledgers[A] = replace(setup.leases.ledgers[A], diverted={"x": "m0", "a": "m0"})
    buried, not_buried = in_state(3, Outcome.DEAD, in_dlq=True), in_state(4, Outcome.DEAD, attempts=9)
    parcels = [
        in_state(0, Outcome.DISPATCHED),
        in_state(1, Outcome.FAILED, attempts=2, served=("b",)),
        in_state(2, Outcome.HELD, deferred=True),
        buried,
        not_buried,
    ]
    assert setup.leases.settle({A: parcels}, {A: {"a": "m1"}}) == {A}
    ledger = setup.store.ledger(A)
    assert ledger.incomplete == {
        1: Incomplete(2, NOW, ("b",), 7, NOW - 1_000),
        4: Incomplete(9, NOW, (), 7),
    }
    assert (ledger.next, ledger.deferred, ledger.gaps, ledger.diverted) == (5, ((2, 2),), (), {"x": "m0", "a": "m1"})
    found = setup.store.peek(A, NOW)
    assert found is not None and found.lease_until == 0, "the lease is released"
    assert setup.store.claim(A, "other", NOW, END, ()) is not None


def test_on_its_way_nothing_is_done_that_is_not() -> None:
    """A checkpoint keeps the lease; what nobody tried yet is deferred, and what was tried, now or before, or is at some
    destination, stays incomplete: a crash after it forgets neither."""
    setup = Setup()
    setup.claim(A, offsets=range(6))
    parcels = [
        in_state(0),
        in_state(1, served=("a",)),  # its route's only destination has it
        in_state(2, served=("b",)),
        in_state(3, attempts=1),
        in_state(4, since=NOW - 9),
        in_state(5, Outcome.FAILED, attempts=1),
    ]
    setup.leases.checkpoint({A: parcels})
    ledger = setup.store.ledger(A)
    assert (ledger.deferred, set(ledger.incomplete), ledger.next) == (((0, 0),), {2, 3, 4, 5}, 6)
    assert setup.store.claim(A, "other", END - 1, END + 9, ()) is None, "the lease is kept"
    assert setup.store.claim(A, "other", END, END + 9, ()) is not None


@pytest.mark.robustness("a ledger, DLQ or reporter that does not answer, and defects")
def test_a_settlement_that_is_lost_is_told_and_costs_the_others_nothing() -> None:
    """Partitions whose lease was lost, or whose store does not answer, are not among those that were settled."""
    setup = Setup()
    third = "c/t-2"
    setup.claim(A, B, third)
    setup.store.fails[A] = LOST
    setup.store.claim(B, "other", END, END + 60_000, ())
    parcels = {name: [in_state(5, Outcome.DISPATCHED), in_state(6, Outcome.DISPATCHED)] for name in (A, B, third)}
    assert setup.leases.settle(parcels, {}) == {third}
    assert len(setup.reporter.warnings) == 1
    assert setup.leases.ledgers[A].delivered and not setup.leases.ledgers[third].delivered


@pytest.mark.robustness("a ledger, DLQ or reporter that does not answer, and defects")
class Slow(Store):
    """Notes when it was asked, and when somebody waited for it."""

    def __init__(self) -> None:
        super().__init__()
        self.order: list[str] = []

    def begin_settlements(
        self, ledgers: Mapping[str, Ledger], owner: str, lease_until: int, *, within_s: float = 10.0
    ) -> WaitForSettlements:
        self.order.append("asked")
        found = super().begin_settlements(ledgers, owner, lease_until, within_s=within_s)

        def wait() -> dict[str, bool | LedgerFault]:
            self.order.append("waited")
            return found()

        return wait


def test_the_time_of_a_settlement_is_used() -> None:
    """What there is to do meanwhile is done once the store has been asked, and before it is waited for."""
    store = Slow()
    setup = Setup(store)
    setup.claim(A)
    assert setup.leases.settle({A: ()}, {}, meanwhile=lambda: store.order.append("meanwhile")) == {A}
    assert store.order == ["asked", "meanwhile", "waited"]


@pytest.mark.robustness("a ledger, DLQ or reporter that does not answer, and defects")
def test_a_defect_while_a_settlement_is_under_way_waits_for_it() -> None:
    """No call of an invocation is left under way for the next one to find."""
    store = Slow()
    setup = Setup(store)
    setup.claim(A)

    def defect() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        setup.leases.settle({A: ()}, {}, meanwhile=defect)
    assert store.order == ["asked", "waited"]


def test_a_claim_that_fails_is_told_and_costs_the_others_nothing() -> None:
    """A store that did not answer is told from an item that nobody can read: asking again may help the first only."""
    setup = Setup()
    setup.store.fails = {A: LOST, B: UnreadableLedgerError("damaged")}
    setup.claim(A, B, "c/t-2")
    assert set(setup.leases.ledgers) == {"c/t-2"}
    assert setup.leases.unreachable == [A] and len(setup.reporter.warnings) == 2


@pytest.mark.robustness("a ledger, DLQ or reporter that does not answer, and defects")
def test_a_defect_while_claims_are_under_way_leaves_no_lease_behind() -> None:
    """What fails meanwhile is raised, and the leases are known, so that they are released."""
    setup = Setup()

    def defect() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        setup.leases.claim({A: records((5,))}, meanwhile=defect)
    setup.leases.release()
    assert setup.store.claim(A, "other", NOW, END, ()) is not None


@pytest.mark.robustness("a ledger, DLQ or reporter that does not answer, and defects")
def test_a_lease_that_cannot_be_released_keeps_no_other() -> None:
    """The others are released all the same, and an operator is told."""
    setup = Setup()
    setup.claim(A, B)
    setup.store.fails[A] = LOST
    setup.leases.release()
    assert len(setup.reporter.warnings) == 1
    assert setup.store.claim(B, "other", NOW, END, ()) is not None


@pytest.mark.parametrize("crashes", [CONSOLIDATE_AT - 1, CONSOLIDATE_AT])
@pytest.mark.robustness("a ledger, DLQ or reporter that does not answer, and defects")
def test_crash_after_crash_does_not_fill_the_item(crashes: int) -> None:
    """An owner that finds many notes writes what they name into the ledger, its own delivery too, before it sends
    anything: should it crash as well, its notes are gone, and all of it is still waited for."""
    setup = Setup()
    for number in range(crashes - 1):
        setup.store.claim(A, f"crashed-{number}", NOW, NOW, ((10 + number, 10 + number),))
    setup.claim(A)
    written = crashes >= CONSOLIDATE_AT
    assert setup.leases.writes == (2 if written else 1)
    item = setup.store.ledger(A)
    waiting = ((5, 6), (10, 8 + crashes))
    assert item.deferred == (waiting if written else ())
    assert bool(setup.leases.ledgers[A].delivered) is not written
    following = setup.store.claim(A, "next", END, END + 1, ((30, 30),))
    assert following is not None and following.deferred == waiting
    assert len(following.delivered) == (1 if written else crashes + 1)
