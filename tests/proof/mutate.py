"""`make mutate`: makes small changes in the core, one at a time, and counts those that its tests do not notice."""

import json
import os
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from tests.proof.fork_run import Job, outcomes
from tests.proof.mutants import Mutant, mutants
from tests.proof.tree import IMPORT_PATHS, ROOT

PARTS = Path(__file__).parent / "mutation.toml"
SURVIVORS = Path(__file__).parent / "survivors.toml"
OUTPUT = ROOT / "build" / "proof" / "mutation.json"
RESULTS = ROOT / "build" / "proof" / "mutation"
"""What each part came to, so that they can be run one by one."""

AIM = 0.9
"""The least share of mutants that the tests must kill."""

SLOWER = 5.0
"""A mutant's tests may take so many times as long as those of the sound code, and SLOWER_S more."""
SLOWER_S = 10.0


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the core."""

    name: str
    modules: Sequence[str]
    tests: Sequence[str]
    thorough: Sequence[str]
    """Tests for what survives the others."""


class Site(NamedTuple):
    """A mutant and the file that it is of."""

    file: str
    mutant: Mutant

    def fields(self) -> dict[str, Any]:
        """Return what tells it from the others."""
        return {"file": self.file, "function": self.mutant.function, "change": self.mutant.change}


def parts() -> list[Part]:
    """Return the parts of the core."""
    return [Part(**part) for part in tomllib.loads(PARTS.read_text(encoding="utf-8"))["parts"]]


def justified() -> list[dict[str, str]]:
    """Return the mutants that may survive, with the reason of each."""
    found: list[dict[str, str]] = tomllib.loads(SURVIVORS.read_text(encoding="utf-8")).get("survivors", [])
    return found


def sites(part: Part) -> list[Site]:
    """Return the mutants of a part."""
    return [Site(file, each) for file in part.modules for each in mutants((ROOT / file).read_text(encoding="utf-8"))]


def module_of(file: str) -> str:
    """Return the import name of a file."""
    place = next(path for path in (*IMPORT_PATHS[1:], IMPORT_PATHS[0]) if file.startswith(f"{path}/") or path == ".")
    return ".".join(Path(file).relative_to(place).with_suffix("").parts)


def main(chosen: Sequence[str]) -> int:
    """Try the mutants of the parts; return 0 if enough are killed, 1 if not, 2 where that cannot be told."""
    known = parts()
    if unknown := set(chosen) - {part.name for part in known}:
        sys.stderr.write(f"No part is called {', '.join(unknown)}; there are: {', '.join(p.name for p in known)}.\n")
        return 2
    for path in reversed(IMPORT_PATHS):
        sys.path.insert(0, str(ROOT / path))
    os.chdir(ROOT)
    for part in known:
        if (not chosen or part.name in chosen) and not _try(part):
            return 2
    return _sum(known)


def _try(part: Part) -> bool:
    found = sites(part)
    began = time.monotonic()
    left = list(range(len(found)))
    for tests in (part.tests, part.thorough):
        longest_s = _sound(found[0], tests)
        if longest_s is None:
            sys.stderr.write(f"{part.name}: its tests are red without a mutant: {' '.join(tests)}\n")
            return False
        left = sorted(_survivors(part, found, left, tests, longest_s))
    RESULTS.mkdir(parents=True, exist_ok=True)
    result = {
        "mutants": len(found),
        "killed": len(found) - len(left),
        "duration_s": round(time.monotonic() - began, 1),
        "survivors": [{**found[number].fields(), "line": found[number].mutant.line} for number in left],
    }
    (RESULTS / f"{part.name}.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(f"{part.name}: {result['killed']} of {result['mutants']} killed in {result['duration_s']} s\n")
    sys.stdout.flush()
    return True


def _survivors(
    part: Part, found: Sequence[Site], numbers: Sequence[int], tests: Sequence[str], longest_s: float
) -> Iterator[int]:
    jobs = (_job(found[number], number, tests, longest_s) for number in numbers)
    for done, outcome in enumerate(outcomes(jobs), 1):
        if done % 25 == 0:
            sys.stdout.write(f"{part.name}: {done} of {len(numbers)}\n")
            sys.stdout.flush()
        if not outcome.red:
            yield outcome.number


def _job(site: Site, number: int, tests: Sequence[str], longest_s: float, *, sound: bool = False) -> Job:
    tree = None if sound else site.mutant.tree
    places = [f"tests/{test}" for test in tests]
    return Job(number, module_of(site.file), ROOT / site.file, tree, places, longest_s)


def _sound(site: Site, tests: Sequence[str]) -> float | None:
    """Return how long the tests may take with a mutant; None where they are red without one."""
    [outcome] = outcomes(iter([_job(site, 0, tests, 600.0, sound=True)]))
    return None if outcome.red else outcome.seconds * SLOWER + SLOWER_S


def _sum(known: Sequence[Part]) -> int:
    """Write what all parts came to that were ever run."""
    results = {part.name: _read(RESULTS / f"{part.name}.json") for part in known}
    run = {name: result for name, result in results.items() if result is not None}
    total, killed = sum(each["mutants"] for each in run.values()), sum(each["killed"] for each in run.values())
    reasons = {(each["file"], each["function"], each["change"]): each["reason"] for each in justified()}
    survivors = [
        {**each, "reason": reasons.get((each["file"], each["function"], each["change"]), "")}
        for result in run.values()
        for each in result["survivors"]
    ]
    score = killed / total if total else 0.0
    whole = {
        "mutants": total,
        "killed": killed,
        "score": round(score, 4),
        "justified": sum(bool(each["reason"]) for each in survivors),
        "parts": {
            name: {key: result[key] for key in ("mutants", "killed", "duration_s")} for name, result in run.items()
        },
        "not_run": [name for name, result in results.items() if result is None],
        "survivors": survivors,
    }
    OUTPUT.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")
    for each in survivors:
        if not each["reason"]:
            sys.stdout.write(f"survived: {each['file']}:{each['line']} {each['function']}: {each['change']}\n")
    sys.stdout.write(f"mutants {total}, killed {killed}, score {score:.1%}, justified {whole['justified']}\n")
    return 0 if score >= AIM else 1


def _read(path: Path) -> dict[str, Any] | None:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
