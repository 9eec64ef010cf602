"""The page on AWS's mapping names tests that exist, and is the one that the table makes."""

import ast
from functools import cache
from pathlib import Path

import pytest

from docs.generate.__main__ import DOCS
from docs.generate.conformance import Behaviour, conformance_page, table

TESTS = Path(__file__).parents[2]
PAGES, BEHAVIOURS = table()


@cache
def functions(file: str) -> frozenset[str]:
    """Return the functions of a test module."""
    module = ast.parse((TESTS / f"{file}.py").read_text(encoding="utf-8"))
    return frozenset(node.name for node in module.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda each: each.what[:40])
def test_a_behaviour_is_held_by_tests_that_exist(behaviour: Behaviour) -> None:
    """No row claims what nothing tests."""
    assert behaviour.tests
    for test in behaviour.tests:
        file, _, function = test.partition("::")
        assert function in functions(file), test


def test_every_page_of_aws_is_read_for_something() -> None:
    """A page that no row cites is one that nobody has gone through."""
    assert {each.page for each in BEHAVIOURS} == PAGES.keys()


def test_the_page_is_up_to_date() -> None:
    """`make docs` writes it from the table."""
    assert (DOCS / "reference" / "mapping-conformance.md").read_text(encoding="utf-8") == conformance_page()
