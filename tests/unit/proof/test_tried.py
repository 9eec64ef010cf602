"""What `make mutate` keeps of a run that was ended."""

from pathlib import Path

from tests.proof.fork_run import Outcome, Verdict
from tests.proof.tried import Tried


def _module(folder: Path, code: str = "x = 1\n") -> str:
    path = folder / "module.py"
    path.write_text(code, encoding="utf-8")
    return str(path)


def test_a_run_that_was_ended_lost_nothing(tmp_path: Path) -> None:
    """Whatever became of a mutant is on disk before the next one ends: how it ended, or which tests it survived."""
    file, place = _module(tmp_path), tmp_path / "results" / "module.json"
    run = Tried(place, file)
    run.add(Outcome(3, Verdict.RED, 0.5), 1)
    run.add(Outcome(4, Verdict.GREEN, 0.5), 1)
    run.add(Outcome(5, Verdict.GREEN, 0.5), 1)
    run.add(Outcome(5, Verdict.ENDLESS, 9.25), 2)
    after = Tried(place, file)
    assert after.noticed == {3: Outcome(3, Verdict.RED, 0.5), 5: Outcome(5, Verdict.ENDLESS, 9.25)}
    assert after.survived == {4: 1}


def test_what_was_tried_of_other_code_says_nothing(tmp_path: Path) -> None:
    """A module that changed has mutants of its own, by numbers of its own."""
    place = tmp_path / "module.json"
    Tried(place, _module(tmp_path)).add(Outcome(3, Verdict.RED, 0.5), 1)
    after = Tried(place, _module(tmp_path, "x = 2\n"))
    assert (after.noticed, after.survived) == ({}, {})


def test_what_survived_is_looked_at_anew_by_all_tests(tmp_path: Path) -> None:
    """`--left` comes after new tests, which may be of any stage."""
    run = Tried(tmp_path / "module.json", _module(tmp_path))
    run.add(Outcome(4, Verdict.GREEN, 0.5), 4)
    run.again()
    assert run.survived == {4: 0}
