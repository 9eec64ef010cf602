"""The planted faults of `make prove-tests` fit the code of today, so that the proof can be run at any time."""

import ast
import os
import re
from pathlib import Path

import pytest

from tests.proof.breakage import Breakage, BreakageError, Change, planted
from tests.proof.tree import ROOT, broken

ROWS = {
    *(f"A{number}" for number in range(1, 5)),
    *(f"B{number}" for number in range(1, 9)),
    *(f"C{number}" for number in range(1, 7)),
    *(f"D{number}" for number in range(1, 9)),
    *(f"E{number}" for number in range(1, 4)),
}
"""The faults that were found in the field."""

LEAST = 40
"""Faults that are planted at least."""

EVERY = planted()


@pytest.mark.parametrize("breakage", EVERY, ids=lambda breakage: breakage.name)
def test_a_planted_fault_fits_the_code_of_today(breakage: Breakage) -> None:
    """Its text stands in the code exactly once, what it makes of it is Python, and its tests are there."""
    files = breakage.broken_files(ROOT)
    for path, text in files.items():
        assert text != path.read_text(encoding="utf-8")
        if path.suffix == ".py":
            ast.parse(text)
    assert breakage.tests
    for test in breakage.tests:
        file, _, name = test.partition("[")[0].partition("::")
        assert re.search(rf"^ *(async )?def {name}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE), test


def test_every_fault_that_was_found_in_the_field_is_planted() -> None:
    """Each of them is put back, beside others, and no two say the same."""
    assert {breakage.row for breakage in EVERY} - {""} == ROWS
    assert len(EVERY) >= LEAST
    assert len({breakage.fault for breakage in EVERY}) == len(EVERY)


@pytest.mark.parametrize("text", ["b = 1\n", "a = 1\na = 1\n"])
def test_a_breakage_that_no_longer_fits_is_an_error_that_names_it(tmp_path: Path, text: str) -> None:
    """Where the code has changed, nothing is broken in another place instead."""
    (tmp_path / "code.py").write_text(text)
    change = Change("code.py", "a = 1", "a = 2")
    with pytest.raises(BreakageError, match=r"^name: code\.py .* write the breakage anew"):
        Breakage("name", "", "It goes wrong.", (change,), ("test",)).broken_files(tmp_path)


def test_a_breakage_of_a_file_that_is_gone_is_an_error_that_names_it(tmp_path: Path) -> None:
    """A file that was moved is named with its breakage."""
    with pytest.raises(BreakageError, match=r"^name: there is no file code\.py"):
        Breakage("name", "", "It goes wrong.", (Change("code.py", "a", "b"),), ("test",)).broken_files(tmp_path)


def test_two_changes_of_one_file_are_both_made(tmp_path: Path) -> None:
    """A fault may need more than one change."""
    (tmp_path / "code.py").write_text("a = 1\nb = 1\n")
    changes = (Change("code.py", "a = 1", "a = 2"), Change("code.py", "b = 1", "b = 2"))
    files = Breakage("name", "", "It goes wrong.", changes, ("test",)).broken_files(tmp_path)
    assert files == {tmp_path / "code.py": "a = 2\nb = 2\n"}


def test_what_was_broken_is_put_back_with_its_times(tmp_path: Path) -> None:
    """Also where the run in between ended with an error: the next fault is planted in sound code."""
    path = tmp_path / "code.py"
    path.write_text("a = 1\n")
    os.utime(path, ns=(1, 2))

    def interrupted() -> None:
        with broken({path: "a = 2\n"}):
            assert path.read_text() == "a = 2\n"
            raise RuntimeError("interrupted")

    with pytest.raises(RuntimeError, match="interrupted"):
        interrupted()
    assert (path.read_text(), path.stat().st_mtime_ns) == ("a = 1\n", 2)


def test_a_name_or_row_that_is_none_is_an_error() -> None:
    """Whoever asks for one fault that is not there is told so, and not that all is well."""
    assert [breakage.row for breakage in planted(["E2"])] == ["E2"]
    with pytest.raises(BreakageError, match="like Z9"):
        planted(["Z9"])
