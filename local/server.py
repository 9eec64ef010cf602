"""A server of the local stack: a child process with a scratch directory and a log."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from local import supervisor
from local.errors import LocalError, last_lines

POLL_S = 0.05
"""Seconds between two looks at whether a server is ready."""

END_WITHIN_S = supervisor.GRACE_S + 5
"""Seconds for the supervisor to end its server, which has its grace first; it may go on deleting files after that."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, as its user sees it."""

    name: str
    scratch: Path
    log: Path
    process: "subprocess.Popen[bytes]"

    def wait_until(self, ready: Callable[[], bool], within_s: float) -> None:
        """Return once `ready()` is true.

        Raises:
            LocalError: the server ended or was not ready in time; the message has the end of its log.
        """
        deadline = time.monotonic() + within_s
        while not ready():
            if (status := self.process.poll()) is not None:
                raise LocalError(
                    f"{self.name} stopped while starting (status {status}). The end of its log:\n{last_lines(self.log)}"
                )
            if time.monotonic() > deadline:
                raise LocalError(
                    f"{self.name} did not answer within {within_s:.0f} s. If the machine is under load, try again. "
                    f"The end of its log:\n{last_lines(self.log)}"
                )
            time.sleep(POLL_S)


@contextmanager
def scratch_directory(name: str) -> Iterator[Path]:
    """Make a directory for a server's data and log, and delete it after the block."""
    with tempfile.TemporaryDirectory(prefix=f"comboio-{name}-", ignore_cleanup_errors=True) as directory:
        yield Path(directory)


@contextmanager
def running(
    name: str,
    command: Sequence[str],
    environment: Mapping[str, str],
    scratch: Path,
    end_within_s: float = END_WITHIN_S,
) -> Iterator[Server]:
    """Run a server for the length of the block, or until this process ends in whatever way.

    Args:
        name: its name in messages.
        command: program and arguments; it runs in `scratch`, without standard input.
        environment: its whole environment.
        scratch: from `scratch_directory`; holds the `log`, and is deleted with the server if this process is killed.
        end_within_s: seconds to wait for its end.
    """
    log = scratch / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - a command of our own, no shell
            [sys.executable, str(Path(supervisor.__file__)), str(scratch), *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            start_new_session=True,  # Ctrl-C reaches this process only, which then stops the server
        )
    try:
        yield Server(name, scratch, log, process)
    finally:
        assert process.stdin is not None  # noqa: S101 - by stdin=PIPE above
        process.stdin.close()
        with suppress(subprocess.TimeoutExpired):  # it has ended its server, and deletes files: that has no limit
            process.wait(end_within_s)


def inherited_environment() -> dict[str, str]:
    """Return this process's environment without AWS variables, so that no local server gets credentials."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
