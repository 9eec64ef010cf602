"""Runs tests in forked processes in which one module is a mutant: what is heavy to import is imported once.

A process forks before it has imported any of the product; the child puts the mutant in the module's place, and runs
pytest. So nothing is written anywhere, and a mutant costs what its tests do.

Time is the processor's, not the clock's: beside other work a run takes longer, but not more. A run that does not end
is told from one that fails.
"""

import ast
import gc
import importlib.util
import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import NamedTuple

HEAVY = (
    *(
        "pytest",
        "_pytest.main",
        "_pytest.python",
        "_pytest.assertion.rewrite",
        "_pytest.junitxml",
        "_pytest.faulthandler",
    ),
    *(
        "_hypothesis_pytestplugin",
        "hypothesis",
        "hypothesis.strategies",
        "hypothesis.stateful",
        "hypothesis.internal.conjecture.engine",
    ),
    *("pydantic", "pydantic_core", "h11", "rich.console", "yaml", "asyncio", "http.client", "unittest.mock"),
)
"""Modules that are imported before the fork: none of them imports the product."""

OPTIONS = (
    *("-q", "-x", "--no-header", "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-profile=proof"),
    "--tb=native",  # nobody reads it
    "--timeout=0",  # by the clock, which a busy machine reaches with sound code
)

STILL_S = 60.0
"""Seconds of the clock without work after which a run stands still: no test waits as long, and however busy the machine
is, a process that can go on gets some of the processor in them."""
WORK_S = 0.05
"""What counts as work in that time: more than the watch itself uses."""
MOST_MEMORY = 3 << 30
"""Bytes of data; a mutant that fills the memory must not take it from others. The tests need a tenth."""

STOOD_STILL = 71
"""Exit status of a child that stood still; pytest has none as high."""

POLL_S = 0.02


class Job(NamedTuple):
    """A mutant of a module, and the tests that should be red with it."""

    number: int
    module: str
    path: Path
    tree: Callable[[], ast.Module] | None
    """Makes what is to be the module; None: it is as it is."""
    tests: Sequence[str]
    examples: int
    """Percent of the examples of each property."""
    longest_s: int
    """Seconds of the processor."""


class Verdict(Enum):
    """How a run ended."""

    GREEN = "green"
    RED = "red"
    ENDLESS = "endless"
    """It used more of the processor than sound code ever does."""
    STILL = "still"
    """It waited for what never came."""


class Outcome(NamedTuple):
    """What became of a job."""

    number: int
    verdict: Verdict
    seconds: float
    """Of the processor."""


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


def outcomes(jobs: Iterator[Job], at_once: int) -> Iterator[Outcome]:
    """Run jobs, `at_once` of them side by side, and yield what became of each as it ends."""
    warm()
    running: dict[int, Job] = {}
    more = True
    while more or running:
        while more and len(running) < at_once:
            if (job := next(jobs, None)) is None:
                more = False
                break
            running[_start(job)] = job
        for child, job in list(running.items()):
            ended, status, used = os.wait4(child, os.WNOHANG)
            if ended:
                del running[child]
                seconds = used.ru_utime + used.ru_stime
                yield Outcome(job.number, verdict(os.waitstatus_to_exitcode(status), seconds, job.longest_s), seconds)
        time.sleep(POLL_S)


def warm() -> None:
    """Import what is heavy, and keep it out of the children's collections of garbage."""
    for name in HEAVY:
        importlib.import_module(name)
    gc.freeze()


def verdict(status: int, seconds: float, longest_s: int) -> Verdict:
    """Return what a child's exit status and its seconds of the processor mean."""
    if status == 0:
        return Verdict.GREEN
    if status == STOOD_STILL:
        return Verdict.STILL
    # the limit is counted in whole seconds, and in ticks below them
    return Verdict.ENDLESS if status < 0 and seconds > longest_s - 1 else Verdict.RED


def _start(job: Job) -> int:
    """Fork, and return the child's process id; the child never returns."""
    if child := os.fork():
        return child
    status = 70
    try:
        quiet()
        bounded(job.longest_s)
        os.environ["EXAMPLES"] = str(job.examples)
        if job.tree is not None:
            sys.meta_path.insert(0, _Finder(job.module, job.path, job.tree()))
        import pytest

        status = int(pytest.main([*OPTIONS, *job.tests]))
    finally:
        os._exit(status)


def quiet() -> None:
    """Let this process say nothing."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)


def bounded(longest_s: int) -> None:
    """Let this process end when it used so much of the processor, fills the memory or stands still."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (longest_s, longest_s))
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    threading.Thread(target=_watch, daemon=True).start()


def _watch() -> None:
    """End this process when it stands still."""
    while True:
        before = time.process_time()
        time.sleep(STILL_S)
        if time.process_time() - before < WORK_S:
            os._exit(STOOD_STILL)
