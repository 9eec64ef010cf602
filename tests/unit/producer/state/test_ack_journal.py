"""The acknowledgement journal: what is written is read, half a line is no line, and a disk that fails ends nothing."""

from pathlib import Path

import pytest

from comboio.host.disk import Disk
from producer.state.ack_journal import MOST_UNWRITTEN, AckJournal, Acknowledged, JournalError, read_journal
from tests.support.faulty_disk import ERRORS, FaultyCalls, failure_log, sound_disk

LINES = [Acknowledged("a", "mt-c400", 11, 5, "ok"), Acknowledged("b", "mt-c300", 0, 0, "tombstone")]


def test_what_was_added_is_read_back(tmp_path: Path) -> None:
    """After a flush a reader sees all columns, in order; the directory is made, and a later run adds to the file."""
    path = tmp_path / "new" / "acks.tsv"
    for line in LINES:
        journal = AckJournal(path, sound_disk(), failure_log())
        journal.add(*line)
        journal.flush()
    assert list(read_journal(path)) == LINES


@pytest.mark.robustness("disks that fail or fill, files that vanish")
@pytest.mark.parametrize("error", ERRORS)
def test_a_disk_that_fails_leaves_whole_lines(tmp_path: Path, error: int) -> None:
    """Whichever call fails, the journal has each line after the next flush, and none of them in part."""
    calls = FaultyCalls()
    path = tmp_path / "acks.tsv"
    journal = AckJournal(path, Disk(calls), failure_log())
    journal.add(*LINES[0])
    journal.flush()
    for number in range(1, calls.made + 1):
        journal.add(f"e{number}", "t", 0, number, "ok")
        calls.made, calls.fail_at, calls.error = 0, number, error
        journal.flush()
        calls.fail_at = -1
        journal.flush()
        assert f"e{number}" in [line.event_id for line in read_journal(path)]


@pytest.mark.robustness("disks that fail or fill, files that vanish")
def test_lines_on_a_full_disk_have_a_bound(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What is above the bound is dropped, and the log says that the proof has a gap."""
    calls = FaultyCalls()
    calls.broken = True
    journal = AckJournal(tmp_path / "acks.tsv", Disk(calls), failure_log())
    for number in range(MOST_UNWRITTEN + 5):
        journal.add("e", "t", 0, number, "ok")
    journal.flush()
    assert [vars(record).get("lines") for record in caplog.records if record.levelname == "ERROR"] == [5]
    calls.broken = False
    journal.flush()
    assert next(read_journal(tmp_path / "acks.tsv")).offset == 5


@pytest.mark.robustness("disks that fail or fill, files that vanish")
@pytest.mark.parametrize("text", ["a\tt\t0\t0\tok\nb\tt\t0\t1", "a\tt\t0\n", "a\tt\t0\t0\to"])
def test_a_cut_line_is_an_error(tmp_path: Path, text: str) -> None:
    """A journal that was cut off in a line does not prove anything by accident."""
    path = tmp_path / "acks.tsv"
    path.write_text(text)
    with pytest.raises(JournalError, match="not a whole journal line"):
        list(read_journal(path))
