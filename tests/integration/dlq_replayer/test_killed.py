"""A replayer that is killed at any step loses nothing, and repeats nothing."""

import json
import os
import subprocess
import sys
import time

import pytest

from tests.integration.dlq_replayer.victim import STEPS
from tests.integration.dlq_replayer.world import World, letter

TIMEOUT_MS = 4_000
"""Longer than the margins; what the killed one held is visible again 2 s after it."""


@pytest.mark.robustness("crashes and kills at any step")
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_each_letter_arrives_once(world: World, step: str) -> None:
    """After a kill before a send, after it or before the delete, the next run finishes and sends nothing twice."""
    letters = [letter(offset) for offset in range(30)]
    world.bury(*letters)
    given = {"replayer": world.replayer_environ, "dispatcher": world.dispatcher_environ, "timeout_ms": TIMEOUT_MS}
    began = time.monotonic()
    killed = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "tests.integration.dlq_replayer.victim", step],
        input=json.dumps(given),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert killed.returncode == -9, killed.stderr
    assert len(world.dispatched()) == (0 if step == "before send" else 30)
    assert len(world.bodies(world.dlq)) == 30
    while world.visible(world.dlq) < 30 and time.monotonic() - began < 30:
        time.sleep(0.2)
    counts = world.ask(action="replay")["counts"]
    assert counts["replayed"] + counts["duplicate"] == 30
    assert sorted(world.dispatched()) == sorted(f"e-{each.offset}" for each in letters)
    assert world.bodies(world.dlq) == []
