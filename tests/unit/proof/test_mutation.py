"""What `make mutate` changes, what it leaves alone, and what it makes of a run."""

import ast
import gc

import pytest

from tests.proof.collected_run import living_functions
from tests.proof.fork_run import STOOD_STILL, Verdict, verdict
from tests.proof.mutants import mutants
from tests.proof.parts import justified, module_of, mutants_of, name_of, own_tests, parts, sampled
from tests.proof.tree import ROOT

SOURCE = '''
"""A module."""

MOST = 5

def first(one: int, other: list[int] = ()) -> int:
    """Return the first."""
    if not one or one >= MOST:
        raise ValueError(f"{one + 1} is too much")
    for each in other:
        if each:
            break
    other.sort()
    return min(one + 1, 7) if one is not None else False
'''


def test_each_small_slip_is_made_once() -> None:
    """Conditions, bounds, numbers, operators, calls and jumps; no text, type, constant or error."""
    changes = [(each.function, each.change) for each in mutants(SOURCE)]
    assert {function for function, _ in changes} == {"first"}
    assert sorted(
        change
        for _, change in changes
        if not change.startswith(
            ("if not one or one >= MOST: raise", "return min(one + 1, 7) if one is not None else False -> return None")
        )
    ) == sorted(
        [
            "if «not one or one >= MOST»: -> not one and one >= MOST",
            "if «not one» or one >= MOST: -> one",
            "if each: break -> if not each: break",
            "if not one or «one >= MOST»: -> one > MOST",
            "break -> continue",
            "other.sort() -> left out",
            "return «min(one + 1, 7)» if one is not None else False -> max(one + 1, 7)",
            "return min(«one + 1», 7) if one is not None else False -> one - 1",
            "return min(one + «1», 7) if one is not None else False -> 2",
            "return min(one + 1, «7») if one is not None else False -> 8",
            "return min(one + 1, 7) if «one is not None» else False -> one is None",
            "return min(one + 1, 7) if one is not None else «False» -> True",
        ]
    )


def test_each_mutant_is_another_module() -> None:
    """No two are alike, none is the module itself, and all can be compiled."""
    made = [ast.unparse(each.tree()) for each in mutants(SOURCE)]
    assert len({*made, ast.unparse(ast.parse(SOURCE))}) == len(made) + 1
    for text in made:
        compile(text, "mutant", "exec")


@pytest.mark.parametrize(
    ("status", "seconds", "means"),
    [
        (0, 1.0, Verdict.GREEN),
        (1, 1.0, Verdict.RED),
        (1, 30.0, Verdict.RED),
        (-9, 1.0, Verdict.RED),
        (-9, 19.5, Verdict.ENDLESS),
        (STOOD_STILL, 1.0, Verdict.STILL),
    ],
)
def test_a_run_that_does_not_end_is_told_from_one_that_fails(status: int, seconds: float, means: Verdict) -> None:
    """It used up the processor that sound code needs, or none of it for long."""
    assert verdict(status, seconds, longest_s=20) is means


def test_a_share_is_the_same_mutants_each_time() -> None:
    """Of a thousand about as many as were asked for; with all of them, all."""
    names = [("file", "function", f"{number} -> {number + 1}") for number in range(1_000)]
    chosen = [name for name in names if sampled(name, 25)]
    assert 200 < len(chosen) < 300 and chosen == [name for name in names if sampled(name, 25)]
    assert all(sampled(name, 100) for name in names)


def test_functions_are_found_that_collections_of_garbage_are_spared() -> None:
    """The tests' own set-up spares what stays: mutants would find no place."""
    gc.freeze()
    found = living_functions(ROOT / "tests" / "proof" / "parts.py")
    gc.freeze()
    assert any(name == "sampled" for name, _ in found)


def test_the_core_is_there_with_its_tests() -> None:
    """A module or a test that was moved is named here, before an hour of mutants."""
    for part in parts():
        for file in part.modules:
            assert (ROOT / file).is_file(), file
            assert module_of(file).split(".")[-1] == file.rpartition("/")[2].removesuffix(".py")
            assert all((ROOT / "tests" / test).exists() for test in own_tests(file))
        for test in (*part.tests, *part.thorough):
            assert (ROOT / "tests" / test).exists(), test


def test_what_is_justified_is_a_mutant_of_the_code_of_today() -> None:
    """A reason for a change that nobody can make any more says nothing."""
    reasons = justified()
    known = {name_of(file, each) for file in {name[0] for name in reasons} for each in mutants_of(file)}
    assert not reasons.keys() - known
    assert all(len(reason) > 20 for reason in reasons.values())
