"""docs/scale.md: its words stay, and its tables are what `make plan-scale` prints for the shipped profile."""

import re
from collections.abc import Mapping
from pathlib import Path

from charts.section import Table
from plan.measured.measured import Measured
from plan.profile.file import load
from plan.scale.__main__ import SHIPPED
from plan.scale.tables import markdown, tables

PAGE = Path(__file__).parents[1] / "scale.md"

BLOCK = re.compile(r"(<!-- make plan-scale: (\w+) -->\n\n).*?(\n<!-- end -->)", re.DOTALL)
"""A table of the page, between its marks."""


def scale_page() -> str:
    """Return the page with its tables of today."""
    return with_tables(PAGE.read_text(encoding="utf-8"), tables(load(SHIPPED), Measured.load_file()))


def with_tables(page: str, found: Mapping[str, Table]) -> str:
    """Return a page whose marked tables are these.

    Raises:
        ValueError: a table has no place on the page, or a place no table.
    """
    if (named := [name for _, name, _ in BLOCK.findall(page)]) != list(found):
        raise ValueError(f"The page has places for the tables {named}, and there are {list(found)}.")
    return BLOCK.sub(lambda block: f"{block[1]}{markdown(found[block[2]])}{block[3]}", page)
