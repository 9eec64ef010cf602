"""The meter: counts since the start, rates since the line before, and the whole run at the end."""

import json

import pytest

from producer.metrics.meter import Meter


def _run() -> Meter:
    meter = Meter(now=100.0)
    meter.produced(100, 20_000)
    for number in range(80):
        meter.acks.noter("mt-c400")(number % 4)
        meter.acks.note_latency(0.010)
    return meter


def test_counts_and_rates_of_the_first_interval() -> None:
    """Rates are of the time since the start."""
    figures = _run().figures(now=102.0, wall_ms=1_795_359_600_123, queue=20)
    assert (figures.produced, figures.acked, figures.bytes, figures.queue) == (100, 80, 20_000, 20)
    assert (figures.rate, figures.acked_rate, figures.bytes_rate) == (50, 40, 10_000)
    assert figures.partitions == {f"mt-c400-{number}": 20 for number in range(4)}
    assert figures.ack_ms["p99"] == pytest.approx(10, rel=0.05)
    assert figures.at == "2026-11-22T15:00:00.123Z"


def test_an_interval_without_traffic_has_no_rate() -> None:
    """Counts stay, rates and latencies are of the last interval alone."""
    meter = _run()
    meter.figures(now=102.0, wall_ms=0, queue=20)
    figures = meter.figures(now=103.0, wall_ms=0, queue=20)
    assert (figures.produced, figures.rate, figures.ack_ms["p50"]) == (100, 0, 0)


def test_the_final_figures_are_of_the_whole_run() -> None:
    """Lines before do not take anything from the last one."""
    meter = _run()
    meter.figures(now=102.0, wall_ms=0, queue=20)
    figures = meter.figures(now=110.0, wall_ms=0, queue=0, final=True)
    assert (figures.rate, figures.acked_rate, figures.final) == (10, 8, True)
    assert figures.ack_ms["p50"] == pytest.approx(10, rel=0.05)


def test_what_went_wrong_is_counted() -> None:
    """Failures, refusals, waiting and the client's own retries each have their figure."""
    meter = Meter(now=0.0)
    meter.failed()
    meter.rejected()
    meter.rejected()
    meter.blocked(0.25)
    meter.statistics({"brokers": {"one": {"txretries": 3}, "two": {"txretries": 4}, "bootstrap": {}}})
    figures = meter.figures(now=1.0, wall_ms=0, queue=0)
    assert (figures.errors, figures.rejected, figures.blocked_s, figures.retries) == (1, 2, 0.25, 7)


def test_a_line_is_json() -> None:
    """One line, with the names that readers know."""
    line = _run().figures(now=101.0, wall_ms=0, queue=1).line()
    assert "\n" not in line
    assert json.loads(line)["acked"] == 80
