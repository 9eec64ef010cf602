"""The pages of guarantees and of security name proofs that are there."""

import re
from typing import NamedTuple

import pytest

from tests.proof.breakage import FOLDER
from tests.support.source_tree import ROOT


class Page(NamedTuple):
    """A page that promises something."""

    name: str
    least_tests: int
    """It names at least so many tests, so that an empty run is no success."""
    least_planted: int
    """It names at least so many planted faults."""

    @property
    def text(self) -> str:
        """What it says."""
        return (ROOT / "docs" / self.name).read_text(encoding="utf-8")


PAGES = [Page("guarantees.md", 9, 31), Page("security.md", 35, 20)]
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@each_page
def test_each_test_that_the_page_names_is_there(page: Page) -> None:
    """A promise whose proof was renamed or removed has none."""
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", page.text)
    assert len(named) >= page.least_tests
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (ROOT / file).exists() or (name and f"def {name}(" not in (ROOT / file).read_text(encoding="utf-8"))
    ]
    assert missing == []


@each_page
def test_each_planted_fault_that_the_page_names_is_there(page: Page) -> None:
    """A promise is proven by the fault that breaks it."""
    planted = re.findall(r"`planted/(\w+)`", page.text)
    assert len(planted) >= page.least_planted
    assert [name for name in planted if not (FOLDER / f"{name}.toml").exists()] == []


@each_page
def test_each_promise_has_a_proof(page: Page) -> None:
    """No section of the page promises something that nothing holds."""
    sections = page.text.split("\n## ")[1:]
    assert len(sections) > 6
    assert [each.splitlines()[0] for each in sections if not re.search(r"`(tests/|planted/|make )", each)] == []


def test_each_way_in_and_each_attack_has_its_proof() -> None:
    """In the threat model a row of a table that says what is held ends with the proof that it is."""
    rows = [line for line in Page("security.md", 0, 0).text.splitlines() if line.startswith("| ")]
    rows = [row for row in rows if not row.endswith(("| proof |", "| held by |", "| --- |"))]
    assert len(rows) > 35
    assert [row for row in rows if not re.search(r"\| `(tests/[^|]+|planted/[^|]+)` \|$", row)] == []
