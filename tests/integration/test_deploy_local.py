"""`make deploy-local`, small: the built stack is deployed, fed, updated under traffic and deleted."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from local.deploy.sam import SAM
from local.tool import ROOT
from tests.integration.conftest import missing

pytestmark = [pytest.mark.xdist_group("deploy"), pytest.mark.timeout(480)]

REPORT = ROOT / "build" / "deploy" / "report.json"


@pytest.fixture(autouse=True)
def _sam() -> None:
    if not SAM.exists():
        missing("the SAM command line is not installed: make .tools/sam/.ready")


def _command(**environ: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "local.deploy"],
        env={**os.environ, "MESSAGES": "2000", "RATE": "100", "KAFKA": "embedded", **environ},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.robustness("updates of the deployed stack while messages flow")
def test_the_deployed_stack_loses_nothing_through_updates_and_leaves_only_what_it_retains() -> None:
    """All that Kafka acknowledged went through the deployed function, and the deleted stack left its data alone."""
    with _command() as run:
        out, err = run.communicate(timeout=460)
    assert run.returncode == 0, out + err
    assert err == "", "quiet in a pipe"
    report: dict[str, Any] = json.loads(REPORT.read_text(encoding="utf-8"))
    assert report["deployed"] is True
    assert report["messages"] >= 2000
    assert report["lost"] == report["update_under_traffic_lost"] == report["pending"] == 0
    assert report["duplicates"] <= report["duplicates_explained"]
    assert len(report["updates"]) == 2
    assert all(update["messages"] > 0 for update in report["updates"])
    assert {kept.partition(" ")[0] for kept in report["retained"]} == {"bucket", "queue", "table"}
    assert report["left_behind"] == []


def test_a_stop_in_the_middle_leaves_no_process(tmp_path: Path) -> None:
    """Ctrl-C while SAM is at work ends SAM, Kafka and the emulator, and says so."""
    log = ROOT / "build" / "deploy" / "sam-build.log"
    log.unlink(missing_ok=True)  # an earlier run's would send the signal before there is anything to stop
    with _command(TMPDIR=str(tmp_path)) as run:
        deadline = time.monotonic() + 60
        while not (log.exists() and log.stat().st_size) and time.monotonic() < deadline:
            time.sleep(0.05)
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=60)
    assert run.returncode == 130
    assert err == "Stopped; nothing keeps running on this machine.\n"
    assert list(tmp_path.iterdir()) == [], "the emulator's scratch goes with it"


def test_a_wrong_option_ends_it_in_one_message() -> None:
    """A wrong option names itself and what is allowed, without a traceback."""
    with _command(MESSAGES="many") as run:
        _, err = run.communicate(timeout=60)
    assert run.returncode == 2
    assert "MESSAGES is 'many'" in err
    assert "Traceback" not in err
