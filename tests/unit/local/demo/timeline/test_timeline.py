"""A run's files become a time line, and the page shows each fault at its place."""

import json
import re
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from charts.bands import Band
from comboio.destination_state.memory import MemoryStateStore
from local.demo.plan import steps
from local.demo.proof.downstream import Arrival
from local.demo.proof.paths import Paths
from local.demo.proof.reconcile import Acked
from local.demo.proof.report import Report
from local.demo.timeline.history import History, StateSample
from local.demo.timeline.page import report_page
from local.demo.timeline.timeline import RunFiles, TimeLine, time_line

BEGAN_MS = 1_795_942_948_000
DURATION_S = 20


def at(seconds: float) -> float:
    return BEGAN_MS / 1000 + seconds


def write(path: Path, lines: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def files(folder: Path) -> RunFiles:
    """Write a small run's files, and read them as the demo does."""
    paths = Paths(folder)
    produced = [("2026-11-29T09:02:29.000Z", 100), ("2026-11-29T09:02:30.000Z", 200)]
    write(paths.producer_stats, [{"at": iso, "acked": n, "partitions": {"t-0": n}} for iso, n in produced])
    a = [{"at": at(0), "committed": {}}, {"at": at(2), "committed": {"t-0": 1050}}]
    write(paths.consumer_stats("A"), a)
    write(paths.consumer_stats("B"), [{"at": at(1), "committed": {}}, {"at": at(9), "committed": {"t-0": 1200}}])
    batch = {"at": at(2), "duplicates": 7, "diverted": {"partner": 30}}
    write(paths.batches("A"), [batch, {**batch, "at": at(3), "diverted": {}}])
    write(paths.drained, [{"at": at(6), "gone": {"partner": 30}}])
    return RunFiles.read(paths)


def history() -> History:
    """Return what a run of 20 s notes, with a circuit that is seen to be open."""
    now = [BEGAN_MS]
    found = History(MemoryStateStore(), lambda: now[0])
    found.begin()
    found.note("bad input is mixed in")
    for step in steps(DURATION_S):
        now[0] = BEGAN_MS + round(step.at_s * 1000)
        found.note(step.says, step.name)
    now[0] = BEGAN_MS + 60_000
    found.note("the queues are <read> back")
    found.samples += [
        StateSample(BEGAN_MS + 12_500, {"partner": "circuit open", "alerts": ""}),
        StateSample(BEGAN_MS + 19_000, {"partner": "", "alerts": ""}),
    ]
    return found


@pytest.fixture
def found(tmp_path: Path) -> TimeLine:
    acked = [Acked("e", ("t-0", offset), "ok") for offset in (1001, 1000, 1199)]
    arrived = [Arrival("e", "TelemetryQueue", BEGAN_MS + 2_500, 1_500.0)]
    call = (BEGAN_MS + 25_000, BEGAN_MS)
    return time_line(files(tmp_path), acked, arrived, [call], history())


def test_all_of_a_run_is_on_one_axis(found: TimeLine) -> None:
    """It ends with the last message, and each source's own unit of time becomes seconds since the start."""
    assert found.last_s == 25.0
    acknowledged, there, skipped = (dict(series.points) for series in found.rates)
    assert (acknowledged[0.5], acknowledged[1.5], acknowledged[2.5]) == (100, 100, 0)
    assert (there[2.5], there[25.0]) == (1, 1)
    assert (skipped[2.5], skipped[3.5]) == (7, 7)


def test_lag_is_counted_from_the_run_s_first_offset(found: TimeLine) -> None:
    """The producer counts from 0 and the group commits offsets: the first acknowledged offset joins them."""
    (lag,) = found.lag
    points = dict(lag.points)
    assert (points[1.0], points[2.0], points[8.0], points[9.0]) == (100, 150, 150, 0)


def test_what_is_diverted_waits_until_it_is_drained(found: TimeLine) -> None:
    """The hold queue has what batches put there and the drainer has not yet sent."""
    (waiting,) = found.waiting
    assert waiting.name == "partner"
    assert waiting.points == [(0.0, 0.0), (2.0, 0.0), (2.0, 30.0), (6.0, 30.0), (6.0, 0.0)]


def test_rows_say_what_ran_and_what_was_down(found: TimeLine) -> None:
    """A killed consumer's row ends with its last figures; a fault's row lasts from its step to the one that ends it."""
    assert found.rows["consumer A"] == [Band(0.0, 2.0, "runs")]
    assert found.rows["consumer B"] == [Band(1.0, 9.0, "runs")]
    (down,) = found.rows["partner"]
    assert (down.begin_s, down.end_s, down.state) == (12.0, 18.6, "down")
    assert found.rows["to partner"] == [Band(12.5, 19.0, "circuit open")]
    assert found.rows["to alerts"] == []


def test_the_partner_s_latency_is_from_the_record_s_timestamp(found: TimeLine) -> None:
    """What it waited for in the hold queue counts; the others have a latency of their own."""
    assert dict(found.latency[2].points)[25.0] == 25.0
    assert dict(found.latency[0].points)[2.5] == 1.5


def report() -> Report:
    """Return a sound report of a small run."""
    return Report(
        *("mock", "in process", 200, 200, 200, 3, 3, 0, 0, 0, 0, 0, 0, 0, 10, 9.5, 1.25),
        {"p50": 900.0, "p99": 2_000.0},
        *(7, 1, 10, 50.0, 4, {"TelemetryQueue": 200}, 0, 0, {}, {}, [], [], []),
    )


def test_the_page_begins_with_the_verdict_and_marks_each_fault(found: TimeLine) -> None:
    """Nothing is loaded, and each fault of the plan has a sign in every chart and in the list."""
    text = report_page(report(), found)
    assert not re.search(r"<script|src=|href=|url\(|@import", text)
    assert text.index(report().verdict().split(":")[0]) < text.index("<svg")
    charts = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(charts) == 6
    begun = [step for step in steps(DURATION_S) if step.name not in ("unthrottle", "recover")]
    for chart in charts:
        ElementTree.fromstring(chart)  # noqa: S314 - our own
        assert len(re.findall(r'class="badge"', chart)) == len(begun)
        assert len(re.findall(r'class="shade"', chart)) == 2
    for number, step in enumerate(begun, 1):
        assert f"<i>{number}</i><time>{step.at_s:.1f} s</time><span>{escape(step.says)}</span>" in text
    assert "the queues are &lt;read&gt; back" in text
    assert text.count("<time>") == len(found.moments)


def test_what_is_wrong_is_said_first(found: TimeLine) -> None:
    """A run that is not sound says so in red, with the first examples, before any chart."""
    text = report_page(replace(report(), lost=1, lost_examples=["t-0:7"]), found)
    head = text.partition("<svg")[0]
    assert '<p class="verdict bad">NOT SOUND: 1 lost.</p>' in head
    assert "t-0:7" in head
