"""Freezing processes, such as a broker whose connections stay open."""

import os
import signal
import subprocess
import time
from collections.abc import Iterable

LONGEST_S = 30


def freeze(pids: Iterable[int]) -> None:
    """Send SIGSTOP, and wait until the system has carried it out: on a busy machine a process goes on for a while."""
    frozen = set(pids)
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    deadline = time.monotonic() + LONGEST_S
    while not frozen <= _stopped():
        assert time.monotonic() < deadline, f"{frozen} went on after SIGSTOP."


def thaw(pids: Iterable[int]) -> None:
    """Let them go on, with what came meanwhile."""
    for pid in pids:
        os.kill(pid, signal.SIGCONT)


def _stopped() -> set[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,stat="], check=True, capture_output=True, text=True)  # noqa: S607 - everybody's ps
    return {int(pid) for pid, state in map(str.split, listed.stdout.splitlines()) if state.startswith("T")}
