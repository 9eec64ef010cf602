"""The decision records have one form, and all of them stand in the index."""

import re
from pathlib import Path

import pytest

from docs.generate.decisions import FOLDER, SET_ASIDE, decisions, decisions_page

ORDER = ["Context", "Options", "Decision", "Measurements", "Consequences"]
PATHS = sorted(FOLDER.glob("[0-9]*.md"))


def test_the_index_is_up_to_date() -> None:
    """The index has each record with its title and status; `make docs` writes it."""
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert page == decisions_page(), "run `make docs`"


def test_numbers_belong_to_one_record_each() -> None:
    """A record's number is in its file's name, no two records share one, and each gap is explained in the index."""
    found = decisions()
    assert all(each.file.startswith(f"{each.number}-") for each in found)
    numbers = [int(each.number) for each in found]
    assert len(set(numbers)) == len(numbers)
    gaps = set(range(1, max(numbers))) - set(numbers)
    assert not [gap for gap in sorted(gaps) if gap not in SET_ASIDE]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_a_record_has_the_sections_of_the_form(path: Path) -> None:
    """A record has context, decision and consequences, and measured parts only under the names of the form."""
    text = path.read_text(encoding="utf-8")
    sections = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert set(sections) <= set(ORDER), sections
    assert {"Context", "Decision", "Consequences"} <= set(sections)
    assert re.search(r"^Status: (accepted|superseded by \d{4}), \d{4}-\d{2}-\d{2}", text, re.MULTILINE)
