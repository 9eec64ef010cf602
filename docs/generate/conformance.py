"""What AWS documents of its Kafka mapping, and the tests that hold the consumer to it, as a page."""

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from docs.generate.table import row

TABLE = Path(__file__).with_suffix(".toml")
GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg/"
"""Where the pages of AWS's developer guide stand."""

HEAD = """# What AWS's Kafka mapping does, and what holds the consumer to it

Each row is a documented behaviour of AWS's event source mapping for Kafka, the page that documents it, and the tests
that hold the consumer to it. Where AWS leaves a question open, the consumer has an option for each reading, or the
notes say which one it has. `make docs` writes this page from `docs/generate/conformance.toml`; a test fails when one of
its tests is not there any more.

"""


class Behaviour(NamedTuple):
    """One thing that the mapping does."""

    what: str
    page: str
    """The page's short name in the table."""
    tests: list[str]
    """The tests that hold it: the file below `tests/` without its ending, `::`, the function."""
    note: str = ""
    """What is open in AWS's documents, or is not honoured."""


def table() -> tuple[dict[str, str], list[Behaviour]]:
    """Return AWS's pages by their short names, and the behaviours."""
    whole: dict[str, Any] = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return whole["pages"], [Behaviour(**each) for each in whole["behaviours"]]


def conformance_page() -> str:
    """Return the page."""
    pages, behaviours = table()
    lines = [row("behaviour", "AWS's page", "held by", "notes"), row("---", "---", "---", "---")]
    for each in behaviours:
        page = pages[each.page]
        tests = "<br>".join(f"`{test.replace('::', '.py::')}`" for test in each.tests)
        lines.append(row(each.what, f"[{page}]({GUIDE}{page}.html)", tests, each.note))
    return HEAD + "\n".join(lines) + "\n"
