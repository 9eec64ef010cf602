"""`make bench-blast`: runs the scenarios, prints a table and writes build/bench/blast.json."""

import json
import os
import shutil
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.blast.figures import BlastFigures, figures_of
from bench.blast.partner import Partner
from bench.blast.run import ScenarioRun
from bench.blast.scenario import Mode, Scenario, choose
from bench.blast.settings import BlastSettings
from comboio.settings import SettingsError
from local.errors import LocalError, stop_for
from local.progress import to_stderr
from local.stack import Stack
from local.tool import ROOT

OUTPUT = ROOT / "build" / "bench" / "blast.json"
LOGS = ROOT / "build" / "bench" / "blast"
"""Each scenario's journals, statistics and logs."""


def main() -> None:
    """Run them: exit status 0 if every aim is reached, 1 if not, 2 if it could not be run."""
    try:
        settings = BlastSettings.from_environment()
        found = _measure(settings)
    except (LocalError, SettingsError) as error:
        stop_for(error)
    _write(OUTPUT, settings, found)
    Console(width=120).print(_table(settings, found))
    Console().print(f"Written: {OUTPUT}; logs: {LOGS}", highlight=False, soft_wrap=True)
    raise SystemExit(0 if all(all(row.aims.values()) for row in found.values()) else 1)


def _measure(settings: BlastSettings) -> dict[Scenario, BlastFigures]:
    found: dict[Scenario, BlastFigures] = {}
    shutil.rmtree(LOGS, ignore_errors=True)
    with Stack(settings, progress=to_stderr) as stack, Partner() as partner:
        run = ScenarioRun(stack, partner, settings, LOGS)
        for scenario in choose(settings.blast):
            to_stderr(f"{scenario.name}: {settings.rate:,} messages a second for {settings.seconds} s")
            baseline = None if scenario.mode is Mode.BASELINE else found[scenario.baseline]
            found[scenario] = figures_of(run.run(scenario), baseline)
            to_stderr(f"  {found[scenario]}")
    return found


def _write(path: Path, settings: BlastSettings, found: dict[Scenario, BlastFigures]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    result = {
        "rate": settings.rate,
        "seconds": settings.seconds,
        "load": [round(each, 2) for each in os.getloadavg()],
        "scenarios": {scenario.name: figures.to_dict() for scenario, figures in found.items()},
    }
    path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def _table(settings: BlastSettings, found: dict[Scenario, BlastFigures]) -> Table:
    table = Table(
        *(
            "scenario",
            "healthy",
            "p99 s",
            "lag s",
            "DLQ",
            "after",
            "drain s",
            "left",
            "lost",
            "reord.",
            "twice",
            "missed",
        ),
        title=f"{settings.rate:,} messages a second for {settings.seconds} s; 28% to the partner; twice: (explained)",
        title_justify="left",
    )
    for scenario, row in found.items():
        table.add_row(
            scenario.name,
            f"{row.in_time:.2f}" if row.healthy_ratio is None else f"{row.healthy_ratio:.3f}",
            f"{row.healthy_p99_s:.2f}",
            f"{row.lag_s:.2f}",
            str(row.dlq),
            f"{row.delivered_after:,}",
            "-" if row.drain_s is None else f"{row.drain_s:.1f}",
            f"{row.left:,}",
            f"{row.lost:,}",
            f"{row.reordered:,}",
            f"{row.twice:,} ({row.twice_explained:,})" if row.twice else "0",
            ", ".join(name for name, reached in row.aims.items() if not reached),
        )
    return table


if __name__ == "__main__":
    main()
