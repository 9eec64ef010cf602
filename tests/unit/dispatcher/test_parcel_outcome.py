"""What becomes of a parcel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.fault import HELD, Fault, FaultKind
from dispatcher.parcel import Outcome, Parcel
from tests.support.dispatcher import EXCUSED, PERMANENT, THROTTLED, TRANSIENT, parcel, record, route


@pytest.mark.parametrize(
    ("fault", "outcome", "attempts", "reason"),
    [
        (None, Outcome.DISPATCHED, 1, None),
        (HELD, Outcome.HELD, 1, None),
        (EXCUSED, Outcome.HELD, 1, None),
        (THROTTLED, Outcome.FAILED, 1, None),
        (TRANSIENT, Outcome.FAILED, 2, None),
        (PERMANENT, Outcome.DEAD, 2, "permanent"),
    ],
)
def test_a_fault_decides_the_outcome(fault: Fault | None, outcome: Outcome, attempts: int, reason: str | None) -> None:
    """Only a failed try uses an attempt: waiting and throttling are nobody's fault."""
    one = parcel(0, route(max_attempts=9))
    one.attempts = 1
    if fault is not None:
        one.add_fault("a", fault)
    one.conclude()
    assert (one.outcome, one.attempts, one.reason) == (outcome, attempts, reason)


@given(st.integers(1, 6))
def test_attempts_run_out(most: int) -> None:
    """After as many failed tries as its route allows a record is dead, and not one earlier."""
    one = parcel(0, route(max_attempts=most))
    for attempt in range(1, most + 1):
        one.outcome = None
        one.add_fault("a", TRANSIENT)
        one.conclude()
        assert one.outcome is (Outcome.DEAD if attempt == most else Outcome.FAILED)
    assert (one.reason, one.error) == ("attempts_exhausted", "no luck")


@given(st.lists(st.sampled_from(FaultKind), min_size=1))
def test_the_worst_fault_decides(kinds: list[FaultKind]) -> None:
    """Of several destinations' faults the worst one counts, in whatever order they come."""
    one = parcel(0)
    for kind in kinds:
        one.add_fault(kind.name, Fault(kind, kind.name))
    assert one.fault == Fault(max(kinds), max(kinds).name)


def test_of_equally_bad_faults_of_a_destination_the_first_is_told() -> None:
    """And a milder one never hides a worse."""
    one = parcel(0)
    for kind, error in ((FaultKind.TRANSIENT, "first"), (FaultKind.TRANSIENT, "second"), (FaultKind.HELD, "third")):
        one.add_fault("a", Fault(kind, error))
    assert one.fault == Fault(FaultKind.TRANSIENT, "first")
    one.add_fault("a", PERMANENT)
    assert one.fault is PERMANENT


def test_an_outcome_stands() -> None:
    """What admission decided is not decided again."""
    one = parcel(0)
    one.dead_letter("malformed", "bad")
    unrouted = Parcel(record(1), "c")
    unrouted.hold()
    for each in (one, unrouted):
        each.add_fault("a", TRANSIENT)
        each.conclude()
    assert (one.outcome, one.attempts) == (Outcome.DEAD, 0)
    assert (unrouted.outcome, unrouted.attempts) == (Outcome.HELD, 0)


def test_a_diverted_parcel_is_done_unless_another_destination_failed() -> None:
    """What is in the hold queue for one destination is done for it; a fault of another one still decides."""
    both = route(to=("a", "b"), max_attempts=9)
    one, other = parcel(0, both), parcel(1, both)
    for each in (one, other):
        each.add_fault("a", TRANSIENT)
        each.divert("a")
    one.serve("b")
    other.add_fault("b", TRANSIENT)
    one.conclude()
    other.conclude()
    assert (one.outcome, one.done, one.served, one.attempts) == (Outcome.DIVERTED, True, ("a", "b"), 0)
    assert (other.outcome, other.done, other.served, other.attempts) == (Outcome.FAILED, False, ("a",), 1)


def test_a_destination_that_failed_counts_beside_one_that_waits() -> None:
    """The worst of them decides the outcome, and its attempt is used: the one that waits hides nothing."""
    one = parcel(0, route(to=("a", "b"), max_attempts=9))
    one.add_fault("a", TRANSIENT)
    one.add_fault("b", HELD)
    one.conclude()
    assert (one.outcome, one.attempts) == (Outcome.FAILED, 1)


def test_a_record_that_is_held_was_admitted_unless_that_is_said() -> None:
    """The ledger notes it as incomplete, and its key; one that was not admitted is deferred."""
    one, other = parcel(0), parcel(1)
    one.hold()
    other.hold(deferred=True)
    assert (one.outcome, one.deferred, other.outcome, other.deferred) == (Outcome.HELD, False, Outcome.HELD, True)
