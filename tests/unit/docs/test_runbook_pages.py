"""docs/runbooks has a page for each task, each of the same parts, so that whoever is in a hurry finds them."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "docs" / "runbooks"
PAGES = sorted(page for page in FOLDER.glob("*.md") if page.name != "README.md")
PARTS = ["When", "What happens by itself", "What to do", "How to know that it worked"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_has_its_parts(page: Path) -> None:
    """When it applies, what happens by itself, what to do, and how to know that it worked: in this order."""
    assert re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE) == PARTS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_to_do_has_a_command(page: Path) -> None:
    """A page gives at least one command to run, not advice alone."""
    assert re.search(
        r"make |aws |kafka-[a-z-]+\.sh|python -m", page.read_text(encoding="utf-8").partition("## What to do")[2]
    )


def test_the_index_has_each_page() -> None:
    """Each page stands in the folder's index, and nothing else does."""
    listed = re.findall(
        r"^\| \[[^\]]+\]\(([\w-]+\.md)\)", (FOLDER / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert sorted(listed) == [page.name for page in PAGES]
    assert len(listed) >= 7
