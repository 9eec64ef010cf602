"""`make prove-tests`: puts each planted fault into a copy of the tree, and expects the tests it names to be red."""

import json
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.proof.breakage import Breakage, BreakageError, planted
from tests.proof.pytest_run import run
from tests.proof.tree import ROOT, Tree, broken

OUTPUT = ROOT / "build" / "proof" / "planted.json"

AT_ONCE = 2
"""Copies that are broken side by side: as many as the smallest machine has cores."""


class Result(NamedTuple):
    """What became of one breakage."""

    breakage: Breakage
    caught_by: tuple[str, ...]
    duration_s: float
    said: str

    @property
    def caught(self) -> bool:
        """Whether each test that it names was red."""
        return self.caught_by == self.breakage.tests


def main(chosen: Sequence[str]) -> int:
    """Prove them; return 0 if each is caught, 1 if one is not, and 2 where that cannot be told."""
    try:
        breakages = planted(chosen)
        for breakage in breakages:
            breakage.broken_files(ROOT)
    except BreakageError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    began = time.monotonic()
    with ExitStack() as stack:
        places = [Path(stack.enter_context(TemporaryDirectory(prefix="comboio-proof-"))) for _ in range(AT_ONCE)]
        trees = [Tree(place) for place in places]
        if (said := _red_without(trees, breakages)) is not None:
            sys.stderr.write(f"Tests that must catch a fault are red without one, so they prove nothing:\n{said}\n")
            return 2
        results = _prove(trees, breakages)
    if not chosen:
        _write(OUTPUT, results, time.monotonic() - began)
    missed = [result for result in results if not result.caught]
    for result in missed:
        quiet = " ".join(test for test in result.breakage.tests if test not in result.caught_by)
        sys.stdout.write(f"\nNOT CAUGHT: {result.breakage.name}: {result.breakage.fault}\nnot red: {quiet}\n")
        sys.stdout.write(f"{result.said}\n")
    sys.stdout.write(f"planted {len(results)}, caught {len(results) - len(missed)}\n")
    return 1 if missed else 0


def _red_without(trees: Sequence[Tree], breakages: Sequence[Breakage]) -> str | None:
    """Run every named test in sound code; return what was said if one of them is red."""
    tests = sorted({test for breakage in breakages for test in breakage.tests})
    sys.stdout.write(f"{len(breakages)} faults, {len(tests)} tests; first all of these without a fault\n")
    sys.stdout.flush()
    with ThreadPoolExecutor(len(trees)) as pool:
        parts = [(tree, tests[number :: len(trees)]) for number, tree in enumerate(trees)]
        done = list(pool.map(lambda part: run(part[0], part[1], longest_s=900.0), filter(lambda p: p[1], parts)))
    return "\n".join(each.said for each in done if not each.green) or None


def _prove(trees: Sequence[Tree], breakages: Sequence[Breakage]) -> list[Result]:
    free: SimpleQueue[Tree] = SimpleQueue()
    for tree in trees:
        free.put(tree)

    def prove(breakage: Breakage) -> Result:
        tree = free.get()
        began = time.monotonic()
        try:
            with broken(breakage.broken_files(tree.root)):
                done = run(tree, breakage.tests)
        finally:
            free.put(tree)
        result = Result(breakage, done.red, time.monotonic() - began, done.said)
        says = "caught" if result.caught else "NOT CAUGHT"
        sys.stdout.write(f"{result.duration_s:6.1f} s  {says:10}  {breakage.row:2}  {breakage.name}\n")
        sys.stdout.flush()
        return result

    with ThreadPoolExecutor(len(trees)) as pool:
        return list(pool.map(prove, breakages))


def _write(path: Path, results: Sequence[Result], took_s: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = {
        "planted": len(results),
        "caught": sum(result.caught for result in results),
        "duration_s": round(took_s, 1),
        "load": [round(each, 2) for each in os.getloadavg()],
        "breakages": [
            {
                "name": result.breakage.name,
                "row": result.breakage.row,
                "fault": result.breakage.fault,
                "caught_by": list(result.caught_by),
                "duration_s": round(result.duration_s, 1),
            }
            for result in results
        ],
    }
    path.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
