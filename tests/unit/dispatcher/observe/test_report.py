"""What a batch came to."""

from comboio.ledger.ledger import Ledger
from dispatcher.intake.admission import Admission
from dispatcher.observe.report import BatchReport
from dispatcher.parcel import Outcome
from tests.support.dispatcher import parcel


def test_what_admission_found_adds_up() -> None:
    """Duplicates, abandoned offsets and recreated topics are summed over the partitions."""
    report = BatchReport()
    report.admitted(2, [Admission(Ledger(), [], 3, 1, True), Admission(Ledger(), [], 4, 0, False)])
    assert (report.duplicates, report.abandoned, report.recreated, report.refused_partitions) == (7, 1, 1, 2)


def test_outcomes_are_counted_once_each() -> None:
    """Every parcel with an outcome counts once, and the dead by reason too; one that failed burial is not dead."""
    good, dead, unburied = parcel(0), parcel(1), parcel(2)
    good.outcome = Outcome.DISPATCHED
    dead.dead_letter("permanent", "no")
    unburied.dead_letter("malformed", "no")
    unburied.outcome = Outcome.FAILED
    report = BatchReport()
    report.concluded([good, dead, unburied])
    assert dict(report.outcomes) == {Outcome.DISPATCHED: 1, Outcome.DEAD: 1, Outcome.FAILED: 1}
    assert dict(report.dead) == {"permanent": 1}
