"""What becomes of a parcel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.fault import HELD, Fault, FaultKind
from dispatcher.outcome import conclude
from dispatcher.parcel import Outcome
from tests.support.dispatcher import PERMANENT, THROTTLED, TRANSIENT, parcel, route


@pytest.mark.parametrize(
    ("fault", "outcome", "attempts", "reason"),
    [
        (None, Outcome.DISPATCHED, 1, None),
        (HELD, Outcome.HELD, 1, None),
        (THROTTLED, Outcome.FAILED, 1, None),
        (TRANSIENT, Outcome.FAILED, 2, None),
        (PERMANENT, Outcome.DEAD, 2, "permanent"),
    ],
)
def test_a_fault_decides_the_outcome(fault: Fault | None, outcome: Outcome, attempts: int, reason: str | None) -> None:
    """Only a failed try uses an attempt: waiting and throttling are nobody's fault."""
    one = parcel(0, route(max_attempts=9))
    one.attempts, one.fault = 1, fault
    conclude(one)
    assert (one.outcome, one.attempts, one.reason) == (outcome, attempts, reason)


@given(st.integers(1, 6))
def test_attempts_run_out(most: int) -> None:
    """After as many failed tries as its route allows a record is dead, and not one earlier."""
    one = parcel(0, route(max_attempts=most))
    for attempt in range(1, most + 1):
        one.outcome, one.fault = None, TRANSIENT
        conclude(one)
        assert one.outcome is (Outcome.DEAD if attempt == most else Outcome.FAILED)
    assert (one.reason, one.error) == ("attempts_exhausted", "no luck")


@given(st.lists(st.sampled_from(FaultKind), min_size=1))
def test_the_worst_fault_decides(kinds: list[FaultKind]) -> None:
    """Of several destinations' faults the worst one counts, in whatever order they come."""
    one = parcel(0)
    for kind in kinds:
        one.add_fault(Fault(kind, kind.name))
    assert one.fault == Fault(max(kinds), max(kinds).name)


def test_an_outcome_stands() -> None:
    """What admission decided is not decided again."""
    one = parcel(0)
    one.dead_letter("malformed", "bad")
    conclude(one)
    assert (one.outcome, one.attempts) == (Outcome.DEAD, 0)
