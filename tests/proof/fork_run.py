"""Runs tests in forked processes in which one module is a mutant: what is heavy to import is imported once.

A process forks before it has imported any of the product; the child puts the mutant in the module's place, and runs
pytest. So nothing is written anywhere, and a mutant costs what its tests do.
"""

import ast
import importlib.util
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import NamedTuple

AT_ONCE = 2
"""Processes side by side."""

HEAVY = ("pytest", "hypothesis", "hypothesis.strategies", "pydantic", "pydantic_core", "h11", "rich.console", "yaml")
"""Modules that are imported before the fork: none of them imports the product."""

OPTIONS = ("-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-profile=proof", "--no-header")

POLL_S = 0.01


class Job(NamedTuple):
    """A mutant of a module, and the tests that should be red with it."""

    number: int
    module: str
    path: Path
    tree: ast.Module | None
    """None: the module as it is."""
    tests: Sequence[str]
    longest_s: float


class Outcome(NamedTuple):
    """What became of a job."""

    number: int
    red: bool
    """Whether a test failed, or the run did not end in time."""
    seconds: float


class _Loader(SourceFileLoader):
    def __init__(self, module: str, path: Path, tree: ast.Module) -> None:
        super().__init__(module, str(path))
        self._tree = tree

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._tree, self.path, "exec")


class _Finder(MetaPathFinder):
    def __init__(self, module: str, path: Path, tree: ast.Module) -> None:
        self._module = module
        self._loader = _Loader(module, path, tree)

    def find_spec(self, fullname: str, path: object = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if fullname != self._module:
            return None
        return importlib.util.spec_from_file_location(fullname, self._loader.path, loader=self._loader)


def outcomes(jobs: Iterator[Job]) -> Iterator[Outcome]:
    """Run jobs side by side, and yield what became of each as it ends."""
    for name in HEAVY:
        importlib.import_module(name)
    running: dict[int, tuple[Job, float]] = {}
    more = True
    while more or running:
        while more and len(running) < AT_ONCE:
            if (job := next(jobs, None)) is None:
                more = False
                break
            running[_start(job)] = job, time.monotonic()
        for child, (job, began) in list(running.items()):
            ended, status = os.waitpid(child, os.WNOHANG)
            took = time.monotonic() - began
            if not ended and took <= job.longest_s:
                continue
            if not ended:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
            del running[child]
            yield Outcome(job.number, not ended or os.waitstatus_to_exitcode(status) != 0, took)
        time.sleep(POLL_S)


def _start(job: Job) -> int:
    """Fork, and return the child's process id; the child never returns."""
    if child := os.fork():
        return child
    status = 70
    try:
        os.setpgid(0, 0)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        if job.tree is not None:
            sys.meta_path.insert(0, _Finder(job.module, job.path, job.tree))
        import pytest

        status = int(pytest.main([*OPTIONS, *job.tests]))
    finally:
        os._exit(status)
