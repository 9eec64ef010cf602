"""Where the demo's function runs: in its consumer's process, or as it is built, where Lambda's runtime calls it."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from local import port as ports
from local.errors import LocalError
from local.progress import Progress, to_stderr
from local.rie import BUILT, check_installed, rie
from local.tool import ROOT

FUNCTION_TIMEOUT_S = 4
"""Shorter than deployed, because a killed invocation keeps its partitions until then, and the run is short."""

MODULE, NAME = "local.demo.function", "handler"
"""The deployed handler with the demo's faults around it."""


class FunctionPlace(StrEnum):
    """The choices of FUNCTION."""

    PROCESS = "process"
    RIE = "rie"

    @property
    def says(self) -> str:
        """What the report says of it."""
        if self is FunctionPlace.RIE:
            return "as built, under Lambda's Runtime Interface Emulator"
        return "in the process of its consumer"


class Emulation(Protocol):
    """Runs a function under the emulator: `local.rie.rie`."""

    def __call__(
        self,
        handler: str,
        environment: Mapping[str, str],
        timeout_s: int,
        memory_mb: int,
        code: Sequence[Path],
        progress: Progress,
    ) -> AbstractContextManager[str]:
        """Run it for the length of the block; give the emulator's URL."""
        ...


class Functions:
    """Runs a function for each consumer, for the length of the block. It outlives its consumer, as at Lambda."""

    def __init__(self, place: FunctionPlace, emulate: Emulation = rie) -> None:
        self._place = place
        self._emulate = emulate
        self._running = ExitStack()
        self._urls: list[str] = []

    def check(self) -> None:
        """Look whether functions can be started here.

        Raises:
            MissingError: the emulator or the built function is not there.
        """
        if self._place is FunctionPlace.RIE:
            check_installed()

    def start(self, environment: Mapping[str, str], memory_mb: int) -> dict[str, str]:
        """Start a function with these variables; return those that its consumer needs for it.

        Raises:
            LocalError: it does not start.
        """
        if self._place is FunctionPlace.PROCESS:
            return {**environment, "CONSUMER_FUNCTION": f"{MODULE}:{NAME}"}
        # Dispatcher and layer are those that are built; the repository has the demo's faults, and neither of them.
        code = (*BUILT, ROOT)
        function = self._emulate(f"{MODULE}.{NAME}", environment, FUNCTION_TIMEOUT_S, memory_mb, code, to_stderr)
        url = self._running.enter_context(function)
        self._urls.append(url)
        return {"CONSUMER_FUNCTION": url}

    def check_running(self) -> None:
        """Raise LocalError if an emulator has ended. It starts a function anew that ends, and nobody starts it."""
        for url in self._urls:
            if not ports.answers(int(url.rpartition(":")[2])):
                raise LocalError(
                    f"A Lambda emulator of the run has ended: nothing answers at {url} any more. Run it again."
                )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._running.close()
