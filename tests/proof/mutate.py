"""`make mutate`: makes small changes in the core, one at a time, and counts those that its tests do not notice."""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.proof.fork_run import Verdict
from tests.proof.judge import Judge, RedWithoutError
from tests.proof.parts import Part, justified, module_of, mutants_of, name_of, parts, sampled
from tests.proof.tree import IMPORT_PATHS, ROOT

OUTPUT = ROOT / "build" / "proof" / "mutation.json"
RESULTS = ROOT / "build" / "proof" / "mutation"
"""What each module came to, so that they can be run one by one."""

AIM = 0.9
"""The least share of mutants that the tests must kill."""

COUNTS = ("mutants", "killed", "no_end", "left_out")


def main(arguments: Sequence[str]) -> int:
    """Try the mutants of the parts; return 0 if enough are killed, 1 if not, 2 where that cannot be told."""
    known = parts()
    names = [part.name for part in known]
    parser = argparse.ArgumentParser(prog="make mutate", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(names)}")
    parser.add_argument("--workers", type=int, default=2, help="runs side by side")
    parser.add_argument("--share", type=int, default=100, help="percent of the mutants that are tried, always the same")
    parser.add_argument("--left", action="store_true", help="try only what the last run left and nothing justifies")
    parser.add_argument("--fast", action="store_true", help="only by the tests that bear a module's name")
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


def _try(judge: Judge, part: Part, file: str, options: argparse.Namespace) -> None:
    """Try a module's mutants, and keep what it came to."""
    place = RESULTS / part.name / f"{module_of(file)}.json"
    code = sha256((ROOT / file).read_bytes()).hexdigest()
    every = mutants_of(file)
    found = {number: each for number, each in enumerate(every) if sampled(name_of(file, each), options.share)}
    before: dict[str, Any] = {"no_end": [], "killed": 0, "cpu_s": 0.0, "mutants": len(found)}
    if options.left and (last := _read(place)) and last["code"] == code:
        before = last
        found = {each["number"]: every[each["number"]] for each in last["survivors"]}
    reasons = justified()
    excused = [number for number, each in found.items() if name_of(file, each) in reasons]
    tried = {number: each for number, each in found.items() if number not in excused}
    noticed, left = judge.judge(part, file, tried, thorough=not options.fast)

    def fields(number: int) -> dict[str, Any]:
        mutant = every[number]
        return {"number": number, "line": mutant.line, "function": mutant.function, "change": mutant.change}

    no_end = [
        {**fields(outcome.number), "how": outcome.verdict.value}
        for outcome in noticed
        if outcome.verdict in (Verdict.ENDLESS, Verdict.STILL)
    ]
    result = {
        "file": file,
        "code": code,
        "mutants": before["mutants"],
        "left_out": len(every) - before["mutants"],
        "killed": before["killed"] + len(noticed),
        "no_end": before["no_end"] + no_end,
        "cpu_s": round(before["cpu_s"] + sum(outcome.seconds for outcome in noticed), 1),
        "load": round(os.getloadavg()[1], 1),
        "tried_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "survivors": [fields(number) for number in sorted([*excused, *left])],
    }
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    _say(f"{part.name}, {file}: {result['killed']} of {result['mutants']} killed, {len(no_end)} without an end")
    for number in left:
        _say(f"  left: line {every[number].line} {every[number].function}: {every[number].change}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _sum(known: Sequence[Part]) -> int:
    """Write what all modules came to that were ever tried."""
    reasons = justified()
    figures: dict[str, dict[str, Any]] = {}
    survivors: list[dict[str, Any]] = []
    not_run: list[str] = []
    for part in known:
        for file in part.modules:
            result = _read(RESULTS / part.name / f"{module_of(file)}.json")
            if result is None:
                not_run.append(file)
                continue
            left = [
                {"file": file, **each, "reason": reasons.get((file, each["function"], each["change"]), "")}
                for each in result["survivors"]
            ]
            survivors += left
            of_part = figures.setdefault(part.name, dict.fromkeys((*COUNTS, "justified"), 0))
            for count in COUNTS:
                of_part[count] += len(result[count]) if isinstance(result[count], list) else result[count]
            of_part["justified"] += sum(bool(each["reason"]) for each in left)
    whole = {count: sum(of_part[count] for of_part in figures.values()) for count in (*COUNTS, "justified")}
    for each in (*figures.values(), whole):
        each["score"] = round(each["killed"] / each["mutants"], 4) if each["mutants"] else 0.0
    report = {**whole, "parts": figures, "not_run": not_run, "survivors": survivors}
    OUTPUT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    for each in survivors:
        if not each["reason"]:
            _say(f"survived: {each['file']}:{each['line']} {each['function']}: {each['change']}")
    for name, each in (*figures.items(), ("all", whole)):
        _say(f"{name}: " + ", ".join(f"{count} {each[count]}" for count in (*COUNTS, "justified", "score")))
    return 0 if whole["score"] >= AIM else 1


def _read(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
