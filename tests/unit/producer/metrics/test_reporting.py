"""Reporting: JSON lines in a pipe, as often as wanted, and always the last."""

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

from producer.metrics.reporting import reporting
from producer.options.settings import ProducerSettings
from tests.support.producer_figures import some_figures


def _settings(**options: str) -> ProducerSettings:
    environ = {f"PRODUCER_{name.upper()}": value for name, value in options.items()}
    return ProducerSettings.from_environment({"KAFKA_BOOTSTRAP_SERVERS": "b:1", **environ})


def test_a_pipe_gets_lines() -> None:
    """One a report, the final one too."""
    out = StringIO()
    with reporting(_settings(), out) as report:
        report(some_figures())
        report(replace(some_figures(), final=True))
    assert [json.loads(line)["final"] for line in out.getvalue().splitlines()] == [False, True]


def test_a_file_takes_them_from_the_output(tmp_path: Path) -> None:
    """Quiet on standard output then."""
    out = StringIO()
    with reporting(_settings(stats_file=str(tmp_path / "new" / "stats")), out) as report:
        report(some_figures())
    assert out.getvalue() == ""
    assert json.loads((tmp_path / "new" / "stats").read_text())["acked"] == 80
