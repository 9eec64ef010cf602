"""`make fuzz`: fuzzes one target after the other, and writes what each came to into build/proof/fuzz.json."""

import json
import sys
from contextlib import nullcontext

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from comboio.settings import SettingsError
from tests.fuzz.known import TARGETS
from tests.fuzz.run import ROOT, Result, fuzz
from tests.fuzz.settings import FuzzSettings

OUTPUT = ROOT / "build" / "proof" / "fuzz.json"


def main() -> int:
    """Run: exit status 0 where every promise held, 1 where one did not, 2 where it could not be run."""
    try:
        settings = FuzzSettings.from_environment()
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    seconds = settings.minutes * 60
    columns = (
        TextColumn("{task.fields[name]:>16}"),
        BarColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    results: list[Result] = []
    with Progress(*columns, console=Console(stderr=True)) if sys.stderr.isatty() else nullcontext() as progress:
        bar = progress.add_task("", total=seconds * len(settings.targets), name="") if progress is not None else None

        def watch(result: Result) -> None:
            if progress is not None and bar is not None:
                progress.update(
                    bar,
                    name=result.name,
                    completed=len(results) * seconds + min(result.duration_s, seconds),
                    description=f"{result.executions:,} inputs, {result.edges:,} edges",
                )

        for name in settings.targets:
            result = fuzz(name, seconds, watch)
            results.append(result)
            _say(result)
    write(results)
    broken = [result for result in results if not result.clean]
    sys.stdout.write(f"{len(results)} targets, {len(broken)} with a finding; written: {OUTPUT}\n")
    return 1 if broken else 0


def _say(result: Result) -> None:
    sys.stdout.write(
        f"{result.name}: {result.executions:,} inputs in {result.duration_s:.0f} s, {result.edges:,} edges, "
        f"{result.corpus:,} kept; {'clean' if result.clean else 'FOUND'}\n"
    )
    if not result.clean:
        sys.stdout.write(f"{result.said}\n  the input: {result.finding or 'not kept'}\n")
    sys.stdout.flush()


def write(results: list[Result]) -> None:
    """Write what the targets of this run came to, beside those of earlier runs."""
    try:
        known = json.loads(OUTPUT.read_text(encoding="utf-8"))["targets"]
    except (OSError, ValueError, LookupError):
        known = {}
    for result in results:
        known[result.name] = {
            "executions": result.executions,
            "edges": result.edges,
            "corpus": result.corpus,
            "duration_s": result.duration_s,
            "load": result.load,
            "finding": result.finding,
            "error": result.said.splitlines()[-1] if result.said else "",
        }
    targets = {name: known[name] for name in TARGETS if name in known}
    whole = {
        "executions": sum(each["executions"] for each in targets.values()),
        "findings": sum(bool(each["error"]) for each in targets.values()),
        "not_run": [name for name in TARGETS if name not in targets],
        "targets": targets,
    }
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
