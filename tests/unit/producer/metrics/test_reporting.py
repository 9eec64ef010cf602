"""Reporting: each output gets the figures, and none of them can hold up or end the service."""

import json
import os
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest

from comboio.host.disk import Disk
from producer.metrics.meter import Figures
from producer.metrics.reporting import reporting
from producer.options.settings import ProducerSettings
from tests.support.faulty_disk import FaultyCalls, failure_log
from tests.support.producer_figures import some_figures


def _settings(**options: str) -> ProducerSettings:
    environ = {f"PRODUCER_{name.upper()}": value for name, value in options.items()}
    return ProducerSettings.from_environment({"KAFKA_BOOTSTRAP_SERVERS": "b:1", **environ})


def _reporting(
    write: Callable[[bytes], object], calls: FaultyCalls | None = None, **options: str
) -> AbstractContextManager[Callable[[Figures], None]]:
    def out(data: bytes) -> None:
        write(data)

    return reporting(_settings(**options), StringIO(), Disk(calls or FaultyCalls()), failure_log(), out)


def test_a_pipe_gets_lines() -> None:
    """Each report is a line, the final one too."""
    lines: list[bytes] = []
    with _reporting(lines.append) as report:
        report(some_figures())
        report(replace(some_figures(), final=True))
    assert [json.loads(line)["final"] for line in lines] == [False, True]


def test_a_file_takes_them_from_the_output(tmp_path: Path) -> None:
    """With a file nothing is written to standard output, and a later run adds to the file."""
    lines: list[bytes] = []
    for _ in range(2):
        with _reporting(lines.append, stats_file=str(tmp_path / "new" / "stats")) as report:
            report(some_figures())
    assert not lines
    written = (tmp_path / "new" / "stats").read_text().splitlines()
    assert [json.loads(line)["acked"] for line in written] == [80, 80]


@pytest.mark.robustness("side outputs and surroundings that fail")
def test_a_file_that_was_cut_or_taken_away_gets_the_next_line(tmp_path: Path) -> None:
    """A truncated file has no hole of zeros, and one that was moved is made again."""
    path = tmp_path / "stats"
    with _reporting(lambda _: None, stats_file=str(path)) as report:
        report(some_figures())
        _until(path.exists)
        os.truncate(path, 0)
        report(some_figures())
        _until(lambda: path.stat().st_size > 0)
        assert json.loads(path.read_text())
        path.rename(tmp_path / "moved")
        report(some_figures())
        _until(path.exists)


def test_a_disk_that_is_full_is_told_and_tried_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The figures of the meantime are missing; those after it are there."""
    calls = FaultyCalls()
    calls.broken = True
    path = tmp_path / "stats"
    with _reporting(lambda _: None, calls, stats_file=str(path)) as report:
        report(some_figures())
        report(some_figures())
        _until(lambda: "writing the figures file failed" in caplog.text)
        calls.broken = False
        report(replace(some_figures(), final=True))
        _until(path.exists)
    assert json.loads(path.read_text().splitlines()[-1])["final"]
    assert caplog.text.count("failed, and is tried again") == 1


@pytest.mark.robustness("side outputs and surroundings that fail")
def test_a_reader_that_leaves_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged once, however often it is met."""

    def gone(_: bytes) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    with _reporting(gone) as report:
        for _ in range(5):
            report(some_figures())
    assert caplog.text.count("Broken pipe") == 1


@pytest.mark.robustness("side outputs and surroundings that fail")
def test_a_reader_that_is_stuck_holds_up_nothing(tmp_path: Path) -> None:
    """Reports return at once, the oldest are dropped, and the other outputs have theirs."""
    stuck = threading.Event()
    began = threading.Event()

    def write(_: bytes) -> None:
        began.set()
        stuck.wait(30)

    with _reporting(write, emf_agent="127.0.0.1:9") as report:
        report(some_figures())
        assert began.wait(10)
        for _ in range(1_000):
            report(some_figures())
        stuck.set()


def _until(met: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(1_000):
        if met():
            return
        waiting.wait(0.01)
    raise AssertionError("it never came")
