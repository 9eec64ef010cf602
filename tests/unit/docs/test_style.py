"""The docs keep to the house's words, and their lines to the width of the code."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.unit.test_vocabulary import RETIRED

ROOT = Path(__file__).parents[3]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])
GLOSSARY = ROOT / "docs" / "glossary.md"
WIDTH = 120
"""As ruff holds the code to it; tables, code and headings may be wider."""

LEFT_BEHIND = re.compile(rf"{RETIRED.pattern}|\b(at the most|is no more|meanwhile|mends?|mended|undone)\b")
"""The words that the code has left behind, and phrases for which the field has shorter ones."""

EACH_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def prose(page: Path) -> list[str]:
    """Return the lines of a page without code blocks, tables and headings."""
    text = re.sub(r"^ *```.*?^ *```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [line for line in text.splitlines() if not line.lstrip().startswith(("|", "#"))]


@EACH_PAGE
def test_prose_is_wrapped(page: Path) -> None:
    """A line of prose is as long as one of code, so that a diff shows what changed."""
    assert not [line for line in prose(page) if len(line) > WIDTH]


@EACH_PAGE
def test_the_words_are_the_field_s(page: Path) -> None:
    """No page has a word that was replaced by the one that a Kafka or AWS engineer knows."""
    text = re.sub(r"`[^`]*`", "", "\n".join(prose(page)))
    assert not Counter(found.group() for found in LEFT_BEHIND.finditer(text))


def test_a_word_means_one_thing() -> None:
    """The glossary has one entry a word, each section in the order of the alphabet."""
    text = GLOSSARY.read_text(encoding="utf-8")
    sections = [re.findall(r"^\*\*([^*]+?)\.?\*\*", part, re.MULTILINE) for part in text.split("\n## ")[1:]]
    assert len(sections) > 3
    words = [word for section in sections for word in section]
    assert len({word.lower() for word in words}) == len(words)
    assert [sorted(section, key=str.lower) for section in sections] == sections
