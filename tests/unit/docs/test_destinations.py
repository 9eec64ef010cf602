"""docs/reference/destinations.md has each kind of destination, and tables that load."""

import re
from pathlib import Path

import pytest

from comboio.routing.table import load
from dispatcher.destinations import KINDS

ROOT = Path(__file__).parents[3]
REFERENCE = (ROOT / "docs" / "reference" / "destinations.md").read_text(encoding="utf-8")
TABLES = [
    (page.relative_to(ROOT).as_posix(), block)
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    for block in re.findall(r"^```toml\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    if not block.startswith("[common]")  # those of `make mappings`
]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_described(kind: str) -> None:
    """A kind has a row in the tables of guarantees, failures and permissions, a crash window, and a section."""
    rows = re.findall(rf"^\|[^|]*`{kind}`", REFERENCE, re.MULTILINE)
    assert len(rows) >= 4
    assert re.search(rf"^### .*\b{kind}\b", REFERENCE, re.MULTILINE)


@pytest.mark.parametrize(("page", "block"), TABLES, ids=[page for page, _ in TABLES])
def test_tables_of_the_docs_load(page: str, block: str) -> None:
    """Each routing table of the docs is one that the dispatcher takes, once what it leaves out is added."""
    environ = dict.fromkeys(re.findall(r"\$(ROUTE_\w+)", block), "https://sqs.example/0/queue.fifo")
    text = block if "version" in block else f"version = 1\n{block}"
    for name in set(re.findall(r'"(\w+)"', " ".join(re.findall(r"^to = (.*)$", text, re.MULTILINE)))) - {"dead_letter"}:
        if f"[destinations.{name}]" not in text:
            text += f'\n[destinations.{name}]\ntype = "sqs"\ntarget = "https://sqs.example/0/queue"\n'
    if "[default]" not in text:
        text += '\n[default]\nto = ["dead_letter"]\n'
    load(text, environ)
