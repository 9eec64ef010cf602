"""`make mutate`: makes small changes in the core, one at a time, and counts those that its tests do not notice."""

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.proof.fork_run import Verdict
from tests.proof.judge import Judge, RedWithoutError
from tests.proof.parts import Part, justified, module_of, mutants_of, name_of, parts, sampled
from tests.proof.tree import IMPORT_PATHS, ROOT
from tests.proof.tried import Tried

OUTPUT = ROOT / "build" / "proof" / "mutation.json"
RESULTS = ROOT / "build" / "proof" / "mutation"
"""What each module came to: a run that was ended goes on there."""

AIM = 0.9
"""The least share of mutants that the tests must kill."""

COUNTS = ("mutants", "tried", "killed", "no_end", "justified", "left")


def main(arguments: Sequence[str]) -> int:
    """Try the mutants of the parts; return 0 if enough are killed, 1 if not, 2 where that cannot be told."""
    known = parts()
    names = [part.name for part in known]
    parser = argparse.ArgumentParser(prog="make mutate", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(names)}")
    parser.add_argument("--workers", type=int, default=2, help="runs side by side")
    parser.add_argument("--share", type=int, default=100, help="percent of the mutants that are tried, always the same")
    parser.add_argument("--left", action="store_true", help="try again what survived and nothing justifies")
    parser.add_argument("--afresh", action="store_true", help="forget what earlier runs of these parts came to")
    parser.add_argument("--fast", action="store_true", help="a first look: few examples, no change outside functions")
    options = parser.parse_args(arguments)
    if unknown := set(options.parts) - set(names):
        parser.error(f"no part is called {', '.join(sorted(unknown))}; there are: {', '.join(names)}")
    for path in reversed(IMPORT_PATHS):
        sys.path.insert(0, str(ROOT / path))
    os.chdir(ROOT)
    judge = Judge(options.workers, _say)
    try:
        for part in known:
            if not options.parts or part.name in options.parts:
                for file in part.modules:
                    _try(judge, part, file, options)
    except RedWithoutError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return _sum(known)


def _place(part: Part, file: str) -> Path:
    return RESULTS / part.name / f"{module_of(file)}.json"


def _try(judge: Judge, part: Part, file: str, options: argparse.Namespace) -> None:
    """Try those of a module's mutants that were not tried yet."""
    if options.afresh:
        _place(part, file).unlink(missing_ok=True)
    tried, every, reasons = Tried(_place(part, file), file), mutants_of(file), justified()
    chosen = {number: each for number, each in enumerate(every) if name_of(file, each) not in reasons}
    if options.left:
        tried.again()
        chosen = {number: each for number, each in chosen.items() if number in tried.survived}
    found = {
        number: each
        for number, each in chosen.items()
        if number not in tried.noticed and sampled(name_of(file, each), options.share)
    }
    killed = 0
    for outcome, stages in judge.judge(part, file, found, dict(tried.survived), thorough=not options.fast):
        tried.add(outcome, stages)
        killed += outcome.verdict is not Verdict.GREEN
    _say(f"{part.name}, {file}: {killed} of {len(found)} killed")
    for number in sorted(found.keys() & tried.survived.keys()):
        _say(f"  left: line {every[number].line} {every[number].function}: {every[number].change}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _sum(known: Sequence[Part]) -> int:
    """Write what all modules came to that were ever tried."""
    reasons = justified()
    figures: dict[str, Counter[str]] = {}
    survivors: list[dict[str, Any]] = []
    for part in known:
        of_part = figures[part.name] = Counter(dict.fromkeys(COUNTS, 0))
        for file in part.modules:
            tried, every = Tried(_place(part, file), file), mutants_of(file)
            reasoned = {number for number, each in enumerate(every) if name_of(file, each) in reasons}
            left = sorted(reasoned.difference(tried.noticed) | tried.survived.keys())
            for number in left:
                mutant = every[number]
                survivors.append(
                    {
                        "file": file,
                        "line": mutant.line,
                        "function": mutant.function,
                        "change": mutant.change,
                        "reason": reasons.get(name_of(file, mutant), ""),
                    }
                )
            of_part.update(
                mutants=len(every),
                tried=len(tried.noticed) + len(left),
                killed=len(tried.noticed),
                no_end=sum(each.verdict in (Verdict.ENDLESS, Verdict.STILL) for each in tried.noticed.values()),
                justified=len(reasoned.intersection(left)),
                left=len(set(left) - reasoned),
            )
    whole = sum(figures.values(), Counter[str]())
    scored = {name: _scored(counts) for name, counts in (*figures.items(), ("all", whole))}
    report = {**scored.pop("all"), "parts": scored, "survivors": survivors}
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    for each in survivors:
        if not each["reason"]:
            _say(f"survived: {each['file']}:{each['line']} {each['function']}: {each['change']}")
    for name, said in (*scored.items(), ("all", _scored(whole))):
        _say(f"{name}: " + ", ".join(f"{count} {number}" for count, number in said.items()))
    return 0 if _scored(whole)["score"] >= AIM else 1


def _scored(counts: Mapping[str, int]) -> dict[str, Any]:
    """Return counts with the share of those tried that were killed: those that are justified count as survivors."""
    score = counts["killed"] / counts["tried"] if counts["tried"] else 0.0
    return {**{count: counts[count] for count in COUNTS}, "score": round(score, 4)}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
