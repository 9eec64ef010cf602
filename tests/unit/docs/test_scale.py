"""The figures of docs/scale.md are those of `make plan-scale`."""

import re

import pytest

from charts.section import Table
from docs.generate.scale import PAGE, scale_page, with_tables
from plan.measured.measured import Measured
from plan.profile.file import load
from plan.scale.__main__ import SHIPPED
from plan.scale.knees import met_at, ways
from plan.scale.limits import limits


def test_the_tables_are_the_commands() -> None:
    """Each table is what the command prints today; it places every key of the shipped fleet, which takes a second."""
    assert PAGE.read_text(encoding="utf-8") == scale_page(), "scale.md is out of date: run `make docs`"


def test_the_knees_in_words_are_those_of_the_table() -> None:
    """What the page says in short of a partition and of a new table is calculated too."""
    found, fleet = ways(Measured.load_file()), load(SHIPPED)
    partition, poller, *_ = limits()
    least = {
        name: min(met_at(each, way, fleet.payload_bytes) for each in (partition, poller)) for name, way in found.items()
    }
    short = PAGE.read_text(encoding="utf-8").partition("## In short")[2].partition("## Partitions")[0]
    said = re.sub(r"\s+", " ", short)
    packed, unpacked, event = (f"{least[name]:,.0f}" for name in ("packed", "unpacked", "event"))
    (new_table,) = (each for each in limits() if each.value == 4_000)
    (concurrency,) = (each for each in limits() if each.value == 1_000)
    assert f"which is {met_at(new_table, found['event'], fleet.payload_bytes):,.0f}"[:-3] in said
    assert (
        f"meets that limit at {round(met_at(concurrency, found['Powertools'], fleet.payload_bytes), -3):,.0f}" in said
    )
    assert f"keep {1_300_000 / found['packed'].work.speed(10_000):.0f} environments busy" in said
    assert f"{packed} messages a second packed, {unpacked} unpacked, {event} with" in said


def test_a_table_without_a_place_is_refused() -> None:
    """A new table cannot be forgotten on the page, nor a place be left empty."""
    with pytest.raises(ValueError, match="places"):
        with_tables("no place", {"rates": Table([["a"]])})
