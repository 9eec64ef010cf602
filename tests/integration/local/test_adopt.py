"""`make adopt-check` on a small scale: Kafka, the deployed handler, SQS, S3, a function, and a registry over HTTP."""

import json
import os
import subprocess
import sys

from local.adopt.command import FOLDER
from local.tool import ROOT


def test_foreign_messages_reach_their_destinations_by_a_table_alone() -> None:
    """Five fleets' messages arrive as they were sent, those of a registry written by the producer; each bad one is a
    dead letter that names its field."""
    environ = {**os.environ, "ADOPT_MESSAGES": "20", "KAFKA": "embedded"}
    command = [sys.executable, "-m", "local.adopt"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=240)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((FOLDER / "report.json").read_text(encoding="utf-8"))
    assert report["sound"]
    assert [each["expected"] for each in report["outcomes"]] == [100, 100, 100, 19]
