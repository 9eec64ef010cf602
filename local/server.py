"""A server of the local stack: a child process with a scratch directory and a log, ready or explained."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local import supervisor
from local.errors import LocalError, last_lines

POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, as its user sees it."""

    name: str
    scratch: Path
    log: Path
    process: "subprocess.Popen[bytes]"

    def wait_until(self, ready: Callable[[], bool], within_s: float) -> None:
        """Returns once `ready()` is true.

        Raises:
            LocalError: the server ended or did not become ready in time; with the end of its log.
        """
        deadline = time.monotonic() + within_s
        while not ready():
            if (status := self.process.poll()) is not None:
                raise LocalError(
                    f"{self.name} stopped while starting (status {status}). Its last words:\n{last_lines(self.log)}"
                )
            if time.monotonic() > deadline:
                raise LocalError(
                    f"{self.name} did not answer within {within_s:.0f} s. A machine under load may need another try. "
                    f"Its last words:\n{last_lines(self.log)}"
                )
            time.sleep(POLL_S)


@contextmanager
def scratch_directory(name: str) -> Iterator[Path]:
    """A directory for a server's data and log, for the length of the block."""
    with tempfile.TemporaryDirectory(prefix=f"comboio-{name}-", ignore_cleanup_errors=True) as directory:
        yield Path(directory)


@contextmanager
def running(name: str, command: Sequence[str], environment: Mapping[str, str], scratch: Path) -> Iterator[Server]:
    """Runs a server for the length of the block; it dies with this process too, however that ends.

    Args:
        name: what messages call it.
        command: program and arguments; it runs in `scratch`, with no standard input.
        environment: its whole environment.
        scratch: from `scratch_directory`; it gets the `log`, and goes with the server should this process be killed.
    """
    log = scratch / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - a command of our own, no shell
            [sys.executable, str(Path(supervisor.__file__)), str(scratch), *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            start_new_session=True,  # a Ctrl-C in the terminal is for the user, who then stops the server in order
        )
    try:
        yield Server(name, scratch, log, process)
    finally:
        assert process.stdin is not None  # noqa: S101 - by stdin=PIPE above
        process.stdin.close()
        process.wait(supervisor.GRACE_S + 5)


def inherited_environment() -> dict[str, str]:
    """This process's environment without its AWS variables: no local server gets anybody's credentials."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
