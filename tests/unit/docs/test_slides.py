"""The slides are made from Markdown alone: one page, nothing beside it, each slide a page of it."""

import re
from pathlib import Path

import pytest

from docs.slides.deck import SlidesError, deck, slides
from docs.slides.diagrams import BLOCK, KEPT, name_of

BOARD = Path(__file__).parents[3] / "docs" / "decisions"
TABLE = "## Two\n\n| a | b |\n| --- | ---: |\n| x | 1 |"
TEXT = f"---\nmarp: true\nlang: pt-BR\ntitle: A & B\n---\n\n# One\n\n---\n\n{TABLE}\n"


def test_each_part_is_a_slide() -> None:
    """The header is no slide, and a rule begins the next one."""
    assert slides(TEXT) == ["# One", TABLE]


def test_the_page_needs_nothing_beside_it() -> None:
    """Language and title are the file's, tables are tables, and nothing is loaded."""
    page = deck(TEXT)
    assert '<html lang="pt-BR">' in page
    assert "<title>A &amp; B</title>" in page
    assert page.count("<section") == 2
    assert '<td style="text-align:right">1</td>' in page
    assert not re.search(r"<script|src=|href=|@import", page)


def test_a_diagram_is_its_picture(tmp_path: Path) -> None:
    """The picture stands where the diagram was; without one the error says what to run."""
    text = f"{TEXT}\n---\n\n```mermaid\nflowchart LR\n  a --> b\n```\n\nAfter.\n"
    with pytest.raises(SlidesError, match="make diagrams"):
        deck(text, tmp_path)
    name = name_of(BLOCK.findall(text)[0])
    (tmp_path / f"{name}.svg").write_text("<svg><text>a</text></svg>", encoding="utf-8")
    page = deck(text, tmp_path)
    assert "<figure><svg><text>a</text></svg></figure>" in page
    assert "After." in page


@pytest.mark.parametrize("language", ["en", "pt"])
def test_the_slides_of_the_board_can_be_made(language: str) -> None:
    """Every diagram of them has its picture, and there are as many slides as the index says."""
    text = (BOARD / language / "slides.md").read_text(encoding="utf-8")
    assert deck(text).count("<section") == 12


def test_no_picture_is_left_over() -> None:
    """A picture whose diagram changed is gone: what is kept is what slides have."""
    wanted = {
        f"{name_of(diagram)}.svg"
        for page in BOARD.glob("*/slides.md")
        for diagram in BLOCK.findall(page.read_text(encoding="utf-8"))
    }
    assert {path.name for path in KEPT.glob("*.svg")} == wanted
