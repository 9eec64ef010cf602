"""`make bench-replayer`: reads both in turns, each alone on one core; writes build/bench/replayer.json."""

import argparse
import json
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.dispatcher.pin import cores
from bench.replayer.contenders import CONTENDERS
from bench.replayer.measure import LATENCY_S, Reading, read

LETTERS = {"comboio": 20_000, "with_dispatcher": 5_000, "plain": 300}
"""Fewer for the slow ones, whose cost a letter does not depend on it."""


def main() -> None:
    """Read, show and write the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.replayer", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="readings of each (3); the median counts")
    parser.add_argument("--output", type=Path, default=Path("build/bench/replayer.json"), help="where to write")
    options = parser.parse_args()
    core = cores()[-1] if cores() else None
    readings: dict[str, list[Reading]] = {name: [] for name in CONTENDERS}
    for _ in range(options.rounds):
        for name, found in readings.items():
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
                found.append(process.submit(read, name, LETTERS[name], core).result())
    rates = {name: median(rate for rate, _ in found) for name, found in readings.items()}
    cpu_ms = {name: median(cpu for _, cpu in found) for name, found in readings.items()}
    figures = {
        "letters_per_s": round(rates["comboio"], 1),
        "with_dispatcher_letters_per_s": round(rates["with_dispatcher"], 1),
        "plain_letters_per_s": round(rates["plain"], 1),
        "ratio": round(rates["comboio"] / rates["plain"], 1),
        "cpu_ms_per_letter": {name: round(ms, 4) for name, ms in cpu_ms.items()},
        "latency_ms": LATENCY_S * 1000,
        "letters": LETTERS,
        "one_core": core is not None,
        "load": [round(each, 2) for each in os.getloadavg()],
        "readings": {name: [round(rate, 1) for rate, _ in found] for name, found in readings.items()},
    }
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    table = Table("", "letters/s", "CPU ms a letter", title="one core, 5 ms a call", title_justify="left")
    for name in CONTENDERS:
        table.add_row(name, f"{rates[name]:,.0f}", f"{cpu_ms[name]:.3f}")
    console = Console()
    console.print(table)
    console.print(f"ratio {figures['ratio']}; written: {options.output}", highlight=False)


if __name__ == "__main__":
    main()
