"""An error quotes the end of a log."""

from pathlib import Path

from local.errors import last_lines


def test_the_end_of_a_log_is_quoted(tmp_path: Path) -> None:
    """Of a long log, the last lines are what explains a failure."""
    log = tmp_path / "log"
    log.write_text("".join(f"line {number}\n" for number in range(100)))
    assert last_lines(log, 2) == "  | line 98\n  | line 99"


def test_an_absent_log_is_said_to_be_empty(tmp_path: Path) -> None:
    """A server that died before it wrote is explained too."""
    assert "empty" in last_lines(tmp_path / "log")
