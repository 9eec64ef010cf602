"""`make mutate`: makes small changes in the core, one at a time, and counts those that its tests do not notice."""

import json
import os
import sys
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from tests.proof.fork_run import Job, Outcome, outcomes
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


class RedWithoutError(Exception):
    """The tests are red in sound code: nothing can be told by them."""


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
    try:
        for part in known:
            if not chosen or part.name in chosen:
                _try(part)
    except RedWithoutError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return _sum(known)


def _try(part: Part) -> None:
    """Try a part's mutants: by the module's own tests, then by the part's, then by the thorough ones."""
    found = sites(part)
    began = time.monotonic()
    left: list[int] = []
    for file in part.modules:
        numbers = [number for number, site in enumerate(found) if site.file == file]
        left += _survivors(f"{part.name}, {Path(file).name}", found, numbers, own_tests(file, part.tests))
    for tests in (part.tests, part.thorough):
        left = _survivors(part.name, found, left, tests) if left and tests else left
    RESULTS.mkdir(parents=True, exist_ok=True)
    result = {
        "mutants": len(found),
        "killed": len(found) - len(left),
        "duration_s": round(time.monotonic() - began, 1),
        "load": round(os.getloadavg()[1], 1),
        "survivors": [{**found[number].fields(), "line": found[number].mutant.line} for number in sorted(left)],
    }
    (RESULTS / f"{part.name}.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    _say(f"{part.name}: {result['killed']} of {result['mutants']} killed in {result['duration_s']} s")


def own_tests(file: str, tests: Sequence[str]) -> Sequence[str]:
    """Return the test module that mirrors a module, which knows most of it; all the tests where there is none."""
    package, _, name = module_of(file).rpartition(".")
    mirror = f"unit/{package.replace('.', '/')}/test_{name}.py"
    return [mirror] if (ROOT / "tests" / mirror).exists() else tests


def _survivors(what: str, found: Sequence[Site], numbers: Sequence[int], tests: Sequence[str]) -> list[int]:
    """Run tests with each of some mutants; return those that they let pass."""
    if not numbers:
        return []
    sound = _run(_job(found[numbers[0]], 0, tests, 900.0, sound=True))
    if sound.red:
        raise RedWithoutError(f"{what}: its tests are red without a mutant: {' '.join(tests)}")
    longest_s = sound.seconds * SLOWER + SLOWER_S
    jobs = (_job(found[number], number, tests, longest_s) for number in numbers)
    left = [outcome.number for outcome in outcomes(jobs) if not outcome.red]
    _say(f"{what}: {len(numbers)} tried, {len(left)} left; its tests take {sound.seconds:.1f} s")
    return left


def _run(job: Job) -> Outcome:
    [outcome] = outcomes(iter([job]))
    return outcome


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _job(site: Site, number: int, tests: Sequence[str], longest_s: float, *, sound: bool = False) -> Job:
    tree = None if sound else site.mutant.tree
    places = [f"tests/{test}" for test in tests]
    return Job(number, module_of(site.file), ROOT / site.file, tree, places, longest_s)


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
