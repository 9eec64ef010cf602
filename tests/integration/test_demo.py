"""The demo itself, small: what a newcomer runs first must run, and must prove what it claims."""

import json
import os
import subprocess
import sys
from html import escape
from pathlib import Path
from typing import Any

import pytest

from local.demo.function_place import FunctionPlace
from local.errors import MissingError
from local.kafka.apache import find_java, find_maven
from local.tool import ROOT

pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.timeout(300)]


def _run(**environ: str) -> tuple["subprocess.CompletedProcess[str]", dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "local.demo"],
        env={**os.environ, "RATE": "1000", "DURATION": "10", **environ},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=150,
    )
    report = ROOT / "build" / "demo" / "report.json"
    return done, json.loads(report.read_text(encoding="utf-8")) if done.returncode in (0, 1) else {}


def _check(done: "subprocess.CompletedProcess[str]", report: dict[str, Any]) -> None:
    assert done.returncode == 0, done.stdout + done.stderr
    assert report["lost"] == report["pending"] == report["misplaced"] == 0
    assert report["acked"] >= 10_000
    assert report["duplicates"] <= report["duplicates_explained"]
    assert report["crashes"] == 1, "the crash on purpose did not happen, so the run shows nothing about it"
    assert report["skipped_as_duplicate"] > 0, "no batch was delivered twice"
    assert {"malformed", "tombstone", "unroutable"} <= set(report["dead_by_reason"])
    assert all(report["by_queue"].get(queue) for queue in ("TelemetryQueue", "EventsQueue", "AlertsQueue"))
    page = (ROOT / "build" / "demo" / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 6
    assert all(fault in page for fault in map(escape, report["faults"]))


@pytest.mark.robustness("the whole system with every fault of the demo at once")
def test_nothing_is_lost_over_the_embedded_broker() -> None:
    """With every fault thrown in, all that Kafka acknowledged is found downstream or in the DLQ."""
    _check(*_run(KAFKA="embedded"))


@pytest.mark.robustness("the whole system with every fault of the demo at once")
def test_nothing_is_lost_over_apache_kafka(request: pytest.FixtureRequest) -> None:
    """The same over Apache Kafka itself, and with the function as it is built, where Lambda's runtime can call it."""
    try:
        find_java()
        find_maven()
    except MissingError as error:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(str(error))
    place = FunctionPlace.RIE if sys.platform == "linux" else FunctionPlace.PROCESS
    if place is FunctionPlace.RIE:
        request.getfixturevalue("built_function")
    done, report = _run(KAFKA="apache", FUNCTION=place.value)
    _check(done, report)
    assert report["function"] == place.says


def test_a_broken_routing_table_ends_it_in_one_message(tmp_path: Path) -> None:
    """A table that is wrong stops the run before anything is produced, and the message names the fault."""
    table = tmp_path / "routes.toml"
    table.write_text('version = 1\n[default]\nto = ["nowhere"]\n', encoding="utf-8")
    done, _ = _run(DISPATCHER_ROUTES_FILE=str(table))
    assert done.returncode == 2
    assert "no destination nowhere" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("RATE", "fast", "RATE is 'fast'"),
        ("KAFKA", "127.0.0.1:1", "did not answer"),
        ("FUNCTION", "docker", "FUNCTION is 'docker'"),
    ],
)
def test_a_wrong_option_ends_it_in_one_message(name: str, value: str, says: str) -> None:
    """A wrong option names itself and what is allowed, without a traceback."""
    done, _ = _run(**{name: value})
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
