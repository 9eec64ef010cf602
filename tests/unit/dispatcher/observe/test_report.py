"""What a batch came to."""

from comboio.contract.record import Record
from comboio.ledger.ledger import Ledger
from dispatcher.intake.admission import Admission
from dispatcher.observe.report import BatchReport
from dispatcher.parcel import Outcome
from tests.support.dispatcher import NOW, parcel


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


def aged(offset: int, age_ms: int) -> Record:
    """Return a record of that age."""
    return Record("", "t-0", "t", 0, offset, NOW - age_ms, None, b"{}", [])


def test_records_older_than_the_aim_are_late() -> None:
    """A record that is as old as the aim is in time; of records without a timestamp nothing is known."""
    ages_ms = [0, 29_999, 30_000, 30_001, 600_000]
    batch = [aged(n, age) for n, age in enumerate(ages_ms)]
    report = BatchReport(records=len(batch))
    report.arrived({"t-0": batch}, NOW, late_after_ms=30_000)
    assert report.late == 2
    unknown = BatchReport(records=1)
    unknown.arrived({"t-0": [aged(0, NOW + 1)]}, NOW, late_after_ms=30_000)
    assert unknown.late == 0


def test_a_large_batch_s_late_records_are_estimated_in_proportion() -> None:
    """Of 9,999 records whose first third is late, a third counts, within one in a hundred."""
    batch = [aged(n, 60_000 if n < 3_333 else 0) for n in range(9_999)]
    report = BatchReport(records=len(batch))
    report.arrived({"t-0": batch}, NOW, late_after_ms=30_000)
    assert abs(report.late - 3_333) < 100
