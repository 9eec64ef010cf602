"""One run of pytest in a copy of the tree, and which of the named tests were red."""

import subprocess
import sys
from collections.abc import Sequence
from typing import NamedTuple

from tests.proof.tree import Tree

LONGEST_S = 180.0
"""Seconds after which a run counts as one that does not end: the slowest takes some 20 s."""

OPTIONS = ("-q", "--no-header", "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-profile=proof")
"""Pytest's options; the profile does not shrink what it finds, and tries the same examples each time."""


class Run(NamedTuple):
    """What a run came to."""

    red: tuple[str, ...]
    """Those of the named tests that failed, in any of their cases."""
    said: str
    """The end of pytest's output."""
    green: bool = False
    """Whether every test was run and passed."""


def run(tree: Tree, tests: Sequence[str], longest_s: float = LONGEST_S) -> Run:
    """Run these tests; a run that does not end counts as red, since the product stands still."""
    command = [sys.executable, "-m", "pytest", *OPTIONS, *tests]
    try:
        done = subprocess.run(  # noqa: S603 - our own tests
            command, cwd=tree.root, env=tree.environment(), capture_output=True, text=True, timeout=longest_s
        )
    except subprocess.TimeoutExpired:
        return Run(tuple(tests), f"no end within {longest_s:.0f} s")
    failed = [line.removeprefix("FAILED ") for line in done.stdout.splitlines() if line.startswith("FAILED ")]
    red = tuple(test for test in tests if any(_is_of(line, test) for line in failed))
    said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-12:])
    if done.returncode not in (0, 1):
        return Run((), f"pytest ended with status {done.returncode}:\n{said}")
    return Run(red, said, green=done.returncode == 0)


def _is_of(failed: str, test: str) -> bool:
    """Return whether a line of pytest's summary is about a test, or one of its cases."""
    return failed == test or failed.startswith((f"{test}[", f"{test} - "))
