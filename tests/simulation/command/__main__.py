"""`make simulate`: plays seeds and writes build/proof/simulation.json, or shows one seed, step by step.

Or plays one outage at full rate, and writes build/proof/outage.json.
"""

import json
import os
import sys
import time
from contextlib import nullcontext
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from comboio.settings import SettingsError
from tests.simulation.command.settings import SimulateSettings
from tests.simulation.command.shrink import replay, shrink
from tests.simulation.command.tally import Tally, resumed
from tests.simulation.command.workers import ROOT, code, play_all
from tests.simulation.histories.plants import PLANTS, plant
from tests.simulation.histories.worlds import WORLDS, world_of
from tests.simulation.outage.figures import outage_broke
from tests.simulation.outage.world import Outage

PROOF = ROOT / "build" / "proof" / "simulation.json"
OUTAGE = ROOT / "build" / "proof" / "outage.json"
STATE = ROOT / "build" / "proof" / "simulation.state.json"
SHOWN = 3
"""Failing seeds that are shrunk and shown at the end of a run."""


def main() -> None:
    """Run: exit status 0 where every promise held, 1 where one did not, 2 where it could not be run."""
    try:
        settings = SimulateSettings.from_environment()
    except SettingsError as error:
        _stop(str(error))
    if settings.plant and settings.plant not in PLANTS:
        _stop(f"PLANT: there is no breakage {settings.plant}. There are: {', '.join(PLANTS)}.")
    if settings.seed is not None:
        plant(settings.plant)
        raise SystemExit(1 if show(settings.seed, world_of(settings.seed, settings.world)) else 0)
    if settings.outage is not None:
        raise SystemExit(_play_outage(settings.outage))
    tally = _play(settings)
    write(PROOF, settings, tally)
    sys.stdout.write(
        f"{tally.seeds:,} seeds, {tally.steps:,} calls, {len(tally.violations)} violations, "
        f"{tally.duration_s:.0f} s; written: {PROOF}\n"
    )
    plant(settings.plant)
    for seed in sorted(tally.violations)[:SHOWN]:
        show(seed, world_of(seed, settings.world))
    raise SystemExit(1 if tally.violations else 0)


def _play_outage(outage_s: int) -> int:
    """Play an outage, say and write what it came to, and return the exit status."""
    began = time.monotonic()
    figures = Outage(outage_s).play()
    result = {**figures.to_dict(), "duration_s": round(time.monotonic() - began, 1)}
    OUTAGE.parent.mkdir(parents=True, exist_ok=True)
    OUTAGE.write_text(json.dumps(result, indent=2) + "\n")
    for name, value in result.items():
        sys.stdout.write(f"{name:>22} {value:,}\n")
    broken = outage_broke(figures)
    sys.stdout.write(f"{'; '.join(broken) or 'every promise held'}; written: {OUTAGE}\n")
    return 1 if broken else 0


def show(seed: int, name: str) -> bool:
    """Play a seed of a world and show it step by step, made as small as can be if it fails; return whether it does."""
    world = WORLDS[name]
    chosen = world.scenario(seed)
    played, lines = replay(world, chosen)
    if played.violation:
        chosen = shrink(world, chosen, played.violation)
        played, lines = replay(world, chosen)
    happenings = {number: each.name for number, each in chosen.happenings.items()}
    sys.stdout.write(f"seed {seed}, {name}: {chosen.facts()}; happenings {happenings}\n")
    for number, line in enumerate(lines):
        sys.stdout.write(f"  {number:>2} {line}\n")
    if played.violation:
        where = "".join(f"  | {line}\n" for line in played.where.splitlines()[-8:])
        sys.stdout.write(f"  {played.violation}\n{where}  play it again: make simulate SEED={seed} WORLD={name}\n")
    else:
        sys.stdout.write("  every promise held\n")
    return bool(played.violation)


def _play(settings: SimulateSettings) -> Tally:
    tally = resumed(
        STATE, settings.first, settings.first + settings.seeds, f"{code()} {settings.plant} {settings.world}"
    )
    began, before = time.monotonic(), tally.duration_s
    columns = (
        TextColumn("seeds"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    shows = sys.stderr.isatty()
    with Progress(*columns, console=Console(stderr=True)) if shows else nullcontext() as progress:
        bar = progress.add_task("", total=settings.seeds, completed=tally.seeds) if progress is not None else None
        for chunk in play_all(
            [(first, tally.size(first)) for first in tally.left()], settings.processes, settings.plant, settings.world
        ):
            tally.add(*chunk)
            tally.duration_s = before + time.monotonic() - began
            tally.save(STATE)
            if progress is not None and bar is not None:
                progress.update(bar, completed=tally.seeds, description=f"{len(tally.violations)} violations")
    STATE.unlink(missing_ok=True)
    return tally


def write(path: Path, settings: SimulateSettings, tally: Tally) -> None:
    """Write what a run came to."""
    path.parent.mkdir(parents=True, exist_ok=True)
    result = {
        "first": tally.first,
        "seeds": tally.seeds,
        "steps": tally.steps,
        "violations": len(tally.violations),
        "duration_s": round(tally.duration_s, 1),
        "processes": settings.processes,
        "load": [round(each, 2) for each in os.getloadavg()],
        "world": settings.world,
        "planted": settings.plant,
        "faults": dict(tally.faults.most_common()),
        "failing": {str(seed): text for seed, text in sorted(tally.violations.items())},
    }
    path.write_text(json.dumps(result, indent=2) + "\n")


def _stop(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    raise SystemExit(2)


if __name__ == "__main__":
    main()
