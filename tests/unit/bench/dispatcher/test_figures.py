"""What the readings come to."""

import io
import json

from rich.console import Console

from bench.dispatcher.figures import HEADLINE_MS, DispatcherFigures, Row
from bench.dispatcher.measure import Case, Reading
from bench.dispatcher.table import show
from bench.dispatcher.tally import Counts

STARTS = {"comboio": [(100.0, 10.0), (120.0, 20.0), (300.0, 30.0)], "bare": [(200.0, 4.0)] * 3}


def row(contender: str, mode: str, *speeds: float, latency_ms: float = HEADLINE_MS, writes: int = 0) -> Row:
    """Return readings of 1,000 records at those speeds."""
    counts = Counts(calls=100, dynamodb_writes=writes, sent=1_000)
    case = Case(contender, mode, latency_ms, 1_000, 1)
    return Row(case, [Reading(1_000, 1_000 / speed, 0.1, 0.01, counts, 0.5) for speed in speeds])


FIGURES = DispatcherFigures(
    [
        row("comboio", "unpacked", 9_000, 12_000, 10_000, writes=24),
        row("comboio", "unpacked", 90_000, latency_ms=0.0),
        row("comboio", "packed", 50_000),
        row("powertools", "unpacked", 50, 40, 10, writes=2_000),
    ],
    330.0,
    STARTS,
    pinned=True,
)


def test_the_median_speaks_for_a_row() -> None:
    """Neither the luckiest reading nor the unluckiest; both are told."""
    written = FIGURES.to_json()
    assert written["comboio"]["msgs_per_s"] == {"unpacked": 10_000, "packed": 50_000, "event": None}
    assert (written["runs"][0]["msgs_per_s_slowest"], written["runs"][0]["msgs_per_s_fastest"]) == (9_000, 12_000)


def test_ratios_are_to_powertools_at_the_headline_latency() -> None:
    """Both modes against its only one; none where nothing was read."""
    written = FIGURES.to_json()
    assert (written["ratio_unpacked"], written["ratio_packed"]) == (250, 1_250)
    assert (
        DispatcherFigures([row("comboio", "unpacked", 1)], 330.0, {}, pinned=True).to_json()["ratio_unpacked"] is None
    )


def test_the_cost_of_idempotency_is_told_as_a_share() -> None:
    """24 writes where Powertools makes 2,000 are 1.2%."""
    assert FIGURES.to_json()["usd_per_million"]["idempotency_share"]["unpacked"] == 0.012


def test_a_cold_start_is_the_median_of_import_and_first_invocation() -> None:
    """Together, as a caller would wait for them."""
    written = FIGURES.to_json()
    assert (written["cold_start_ms"], written["bare_cold_start_ms"]) == (140, 204)
    assert DispatcherFigures([], 330.0, {}, pinned=True).to_json()["cold_start_ms"] is None


def test_all_of_it_is_json_and_a_table() -> None:
    """What is written can be read back, and what is shown names every row."""
    assert json.loads(json.dumps(FIGURES.to_json()))["machine"]["pinned_to_one_core"] is True
    text = io.StringIO()
    show(FIGURES, Console(file=text, width=120))
    for told in ("comboio packed", "powertools unpacked", "250 times", "cold start: 140 ms"):
        assert told in text.getvalue()
