"""The acknowledgement journal: what is written is read, and half a line is not taken for a whole one."""

from pathlib import Path

import pytest

from producer.state.ack_journal import AckJournal, Acknowledged, JournalError, read_journal


def test_what_was_added_is_read_back(tmp_path: Path) -> None:
    """All columns, in order; the directory is made."""
    path = tmp_path / "new" / "acks.tsv"
    lines = [Acknowledged("a", "mt-c400", 11, 5, "ok"), Acknowledged("b", "mt-c300", 0, 0, "tombstone")]
    with AckJournal(path) as journal:
        for line in lines:
            journal.add(*line)
    assert list(read_journal(path)) == lines


def test_a_flush_shows_what_was_added(tmp_path: Path) -> None:
    """A reader of a running producer's journal sees all up to the flush."""
    with AckJournal(tmp_path / "acks.tsv") as journal:
        journal.add("a", "t", 0, 0, "ok")
        journal.flush()
        assert len(list(read_journal(tmp_path / "acks.tsv"))) == 1


@pytest.mark.parametrize("text", ["a\tt\t0\t0\tok\nb\tt\t0\t1", "a\tt\t0\n", "a\tt\t0\t0\to"])
def test_a_cut_line_is_an_error(tmp_path: Path, text: str) -> None:
    """A journal cut off in a line must not prove anything by accident."""
    path = tmp_path / "acks.tsv"
    path.write_text(text)
    with pytest.raises(JournalError, match="not a whole journal line"):
        list(read_journal(path))
