"""A replayer that is killed at any step loses nothing, and repeats nothing."""

import json
import os
import subprocess
import sys
import time

import pytest

from tests.integration.dlq_replayer.deployed_replayer import DeployedReplayer, letter
from tests.integration.dlq_replayer.killed_process import STEPS

TIMEOUT_MS = 4_000
"""Longer than the margins; what the killed one held is visible again 2 s after it."""


@pytest.mark.robustness("crashes and kills at any step")
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_each_letter_arrives_once(deployed: DeployedReplayer, step: str) -> None:
    """After a kill before a send, after it or before the delete, the next run finishes and sends nothing twice."""
    letters = [letter(offset) for offset in range(30)]
    deployed.put(*letters)
    given = {"replayer": deployed.replayer_environ, "dispatcher": deployed.dispatcher_environ, "timeout_ms": TIMEOUT_MS}
    began = time.monotonic()
    killed = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "tests.integration.dlq_replayer.killed_process", step],
        input=json.dumps(given),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert killed.returncode == -9, killed.stderr
    assert len(deployed.dispatched()) == (0 if step == "before send" else 30)
    assert len(deployed.bodies(deployed.dlq)) == 30
    while deployed.visible(deployed.dlq) < 30 and time.monotonic() - began < 30:
        time.sleep(0.2)
    counts = deployed.ask(action="replay")["counts"]
    assert counts["replayed"] + counts["duplicate"] == 30
    assert sorted(deployed.dispatched()) == sorted(f"e-{each.offset}" for each in letters)
    assert deployed.bodies(deployed.dlq) == []
