"""Runs producer, consumers and tools as processes of their own, which end with their user."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from local.errors import LocalError, last_lines

GRACE_S = 20.0
"""Seconds a process has to stop: a consumer finishes its batches and commits."""


class Processes:
    """Starts processes and ends them with the block."""

    def __init__(self, base: Mapping[str, str]) -> None:
        self._base = dict(base)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._logs: dict[str, Path] = {}

    def start(self, name: str, module: str, environ: Mapping[str, str], log: Path) -> None:
        """Run `python -m module` with its output in `log`."""
        self.run(name, [sys.executable, "-m", module], environ, log)

    def run(self, name: str, command: Sequence[str], environ: Mapping[str, str], log: Path) -> None:
        """Run a command with its output in `log`."""
        with log.open("wb") as output:
            self._running[name] = subprocess.Popen(  # noqa: S603 our own modules and tools
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**self._base, **environ},
                start_new_session=True,
            )
        self._logs[name] = log

    def kill(self, name: str) -> None:
        """Kill a process, without a chance to clean up."""
        self._running[name].kill()
        self._running.pop(name).wait()

    def signal(self, name: str, number: int) -> None:
        """Send a process a signal."""
        self._running[name].send_signal(number)

    def ended(self, name: str) -> bool:
        """Return whether a process has ended by itself.

        Raises:
            LocalError: it failed; the message has the end of its log.
        """
        status = self._running[name].poll()
        if status:
            raise LocalError(f"{name} stopped (status {status}). The end of its log:\n{last_lines(self._logs[name])}")
        return status is not None

    def check(self) -> None:
        """Raise LocalError if one of the processes failed."""
        for name in list(self._running):
            self.ended(name)

    def stop(self, name: str, grace_s: float = GRACE_S) -> int:
        """Stop a process and wait for it, kill it if it takes too long; return its status."""
        process = self._running.pop(name)
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            return process.wait(grace_s)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def names(self) -> list[str]:
        """Return the processes that were neither stopped nor killed."""
        return list(self._running)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for process in self._running.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)  # each leads a session, so its own children end too
        for process in self._running.values():
            process.wait()


def base_environment() -> dict[str, str]:
    """Return this process's environment without variables that could lead a child to a real AWS account."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CONSUMER_", "PRODUCER_"))
    }
