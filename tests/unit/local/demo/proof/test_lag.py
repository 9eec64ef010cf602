"""The ends of what was acknowledged follow the journal as it grows, and a line counts once it is whole."""

from pathlib import Path

from local.demo.proof.lag import AckedEnds


def test_the_ends_follow_the_journal_and_wait_for_the_end_of_a_line(tmp_path: Path) -> None:
    """Nothing is read twice, an unfinished line waits until it is whole, and a partition's largest offset holds."""
    journal = tmp_path / "acknowledged.tsv"
    ends = AckedEnds(journal)
    assert ends.read() == {}
    journal.write_text("a\tmt-c400\t3\t7\tok\nb\tmt-c400\t3\t5\tok\nc\tmt-c300\t0\t1", encoding="utf-8")
    assert ends.read() == {("mt-c400", 3): 8}
    with journal.open("a", encoding="utf-8") as file:
        file.write("2\tok\n")
    assert ends.read() == {("mt-c400", 3): 8, ("mt-c300", 0): 13}
