"""The bills in the docs are what the formula makes of the prices and of what was measured."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from plan.measured.measured import Measured
from plan.plan import Plan, Sources, make_plan
from plan.profile.file import load
from tests.support.source_tree import ROOT

RATES = (1_000, 13_000, 130_000, 1_300_000)
COLUMNS = {
    "Comboio": "Comboio",
    "consumers on EC2": "EC2 consumers",
    "EventBridge Pipes": "EventBridge Pipes",
    "Kinesis, a record each": "Kinesis, a record each",
    "Powertools' way": "Powertools' way",
}
"""What the page calls a way, and its bill's name."""

WHITE_PAPER = (
    *("Comboio", "EC2 consumers", "EventBridge Pipes"),
    *("Kinesis, a record each", "Kinesis, aggregated", "Powertools' way"),
)
"""The bills of the white paper's table, row by row, in either language."""

ROUNDED = 0.05
"""How far a figure of two digits may be from what it stands for: half of its last digit, at worst."""

BY_MACHINE = 0.3
"""How far a time may be: two readings on a shared machine differ by so much."""

Table = list[list[str]]


def tables(page: str) -> Iterator[Table]:
    """Yield each table of a page, its heading first, cell by cell."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        rows = [line.strip("|").split("|") for line in block.splitlines()]
        yield [[cell.strip() for cell in row] for row in rows if not set("".join(row)) <= set("- ")]


def number(cell: str) -> float:
    """Return a figure, written in English or in Portuguese."""
    return float(re.sub(r"[,.](?=\d{3}\b)", "", cell).replace(",", "."))


@pytest.fixture(scope="module")
def plans() -> list[Plan]:
    """Plan the shipped fleet at each rate, once for all tests: each plan places every key, and takes half a second."""
    fleet, sources = load(ROOT / "examples/profiles/fleet.toml"), Sources.load()
    return [make_plan(replace(fleet, rate=rate), sources) for rate in RATES]


def totals(plan: Plan) -> dict[str, float]:
    """Return the sum of each bill."""
    return {bill.name: bill.total for bill in plan.bills}


def test_the_bill_at_each_rate_is_the_formula_s(plans: list[Plan]) -> None:
    """Each way's bill, and the cluster that it stands on, follows from the shipped profile."""
    (table,) = [table for table in tables("cost.md") if table[0][1] == "cluster"]
    heading, *rows = table
    assert [number(row[0]) for row in rows] == list(RATES)
    for row, plan in zip(rows, plans, strict=True):
        assert plan.clusters[0].name.startswith(row[1])
        for way, cell in zip(heading[2:], row[2:], strict=True):
            assert number(cell) == pytest.approx(totals(plan)[COLUMNS[way]], rel=ROUNDED), way


def test_each_part_is_the_formula_s(plans: list[Plan]) -> None:
    """Comboio's own bill is broken down into all of its parts, and the price of a million messages is of all."""
    (table,) = [table for table in tables("cost.md") if table[0][:2] == ["part", "1,000/s"]]
    heading, *rows, million = table
    assert [number(cell.removesuffix("/s")) for cell in heading[1:]] == list(RATES)
    for column, (rate, plan) in enumerate(zip(RATES, plans, strict=True), 1):
        assert {row[0] for row in rows} == plan.bill.parts.keys()
        for row in rows:
            away = BY_MACHINE if row[0] == "Lambda" else 0.01
            assert number(row[column]) == pytest.approx(plan.bill.parts[row[0]], rel=away, abs=0.5), row[0]
        assert float(million[column]) == pytest.approx(plan.bill.per_million(rate), rel=ROUNDED)


def test_what_was_measured_is_what_the_formula_takes() -> None:
    """The figures of the page are those of the file, as far as times on a shared machine are figures."""
    (table,) = [table for table in tables("cost.md") if table[0][0] == "figure"]
    packed = Measured.load_file().packed
    for name, value, _ in table[1:]:
        away = BY_MACHINE if name.endswith("_s`") else 0.001
        assert float(value) == pytest.approx(getattr(packed, name.strip("`")), rel=away), name


@pytest.mark.parametrize("language", ["en", "pt"])
def test_the_white_paper_has_the_same_bills(plans: list[Plan], language: str) -> None:
    """Who decides reads the figures that the formula makes today, in either language."""
    (table,) = [
        table
        for table in tables(f"decisions/{language}/white-paper.md")
        if len(table[0]) == 1 + len(RATES) and re.fullmatch(r"1[.,]000/s", table[0][1])
    ]
    for row, name in zip(table[1:], WHITE_PAPER, strict=True):
        for cell, plan in zip(row[1:], plans, strict=True):
            assert number(cell) == pytest.approx(totals(plan)[name], rel=ROUNDED), (name, cell)
