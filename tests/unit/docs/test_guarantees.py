"""The page of guarantees names proofs that are there."""

import re

from tests.proof.breakage import FOLDER
from tests.support.source_tree import ROOT

PAGE = (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8")
TESTS = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)
PLANTED = re.findall(r"`planted/(\w+)`", PAGE)


def test_each_test_that_the_page_names_is_there() -> None:
    """A promise whose proof was renamed or removed has none."""
    assert len(TESTS) > 8
    missing = [
        f"{file}::{name}"
        for file, name in TESTS
        if not (ROOT / file).exists() or (name and f"def {name}(" not in (ROOT / file).read_text(encoding="utf-8"))
    ]
    assert missing == []


def test_each_planted_fault_that_the_page_names_is_there() -> None:
    """A promise is proven by the fault that breaks it."""
    assert len(PLANTED) > 30
    assert [name for name in PLANTED if not (FOLDER / f"{name}.toml").exists()] == []


def test_each_promise_has_a_proof() -> None:
    """No section of the page promises something that nothing holds."""
    sections = PAGE.split("\n## ")[1:]
    assert len(sections) > 6
    assert [each.splitlines()[0] for each in sections if not re.search(r"`(tests/|planted/|make )", each)] == []
