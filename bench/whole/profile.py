"""Look from outside, by py-spy, where a running function's CPU time goes."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

PY_SPY = Path(sys.executable).parent / "py-spy"

RATE_PER_S = 199
"""Looks a second: a prime, so that they do not fall into step with something that comes every 5 or 10 ms."""

END_WITHIN_S = 60.0
"""Seconds for py-spy to write its file."""


class ProfileError(Exception):
    """py-spy could not look."""


def profile(process_id: int, kind: str, output: Path, work: Callable[[], None]) -> None:
    """Write a profile of what a process does during `work`; `kind` is one of py-spy's: raw or flamegraph.

    A look counts the thread that holds the interpreter lock, if one does, and halts nothing: what is seen may be torn.

    Raises:
        ProfileError: it may not, or has nothing to look at.
    """
    command = [str(PY_SPY), "record", "--pid", str(process_id), "--format", kind, "--output", str(output)]
    command += ["--rate", str(RATE_PER_S), "--full-filenames", "--gil", "--nonblocking"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as spy:  # noqa: S603 -- a command of our own
        try:
            work()
            spy.send_signal(signal.SIGINT)
            _, said = spy.communicate(timeout=END_WITHIN_S)
        finally:
            spy.kill()
    if spy.returncode or not output.is_file():
        raise ProfileError(
            f"py-spy wrote no profile (status {spy.returncode}): {said.strip()[-1000:]}\n"
            "It needs the right to trace a process of yours: run as root, or set kernel.yama.ptrace_scope to 0."
        )
