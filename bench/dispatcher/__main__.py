"""`make bench-dispatcher`: reads all cases in turns, shows them and writes build/bench/dispatcher.json."""

import argparse
import json
import multiprocessing
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.progress import track

from bench.dispatcher.cold_start import NotBuiltError, start_ms
from bench.dispatcher.figures import DispatcherFigures, Row
from bench.dispatcher.measure import Case, Reading, read
from bench.dispatcher.pin import cores
from bench.dispatcher.server import served
from bench.dispatcher.table import show
from bench.dispatcher.workload import Workload, record_bytes

LATENCIES_MS = (0.0, 5.0)
SIZES: dict[tuple[str, float], tuple[int, int]] = {
    ("comboio", 0.0): (10_000, 3),
    ("comboio", 5.0): (10_000, 3),
    ("floor", 0.0): (10_000, 1),
    ("floor", 5.0): (5_000, 1),
    ("powertools", 0.0): (2_000, 1),
    ("powertools", 5.0): (500, 1),
}
"""Records of a batch and batches: fewer for the slow ones, whose cost a message does not depend on it."""

MODES_OF = {"comboio": ("unpacked", "packed", "event"), "powertools": ("unpacked",), "floor": ("unpacked",)}


def cases(endpoints: dict[float, str | None]) -> Iterator[Case]:
    """All that is read at each latency of `endpoints`, through the server that stands there, if any."""
    for latency_ms, endpoint in endpoints.items():
        for contender, modes in MODES_OF.items():
            records, batches = SIZES[contender, latency_ms]
            for mode in modes:
                yield Case(contender, mode, latency_ms, records, batches, endpoint)


def main() -> None:
    """Read, show and write the figures."""
    options = _options()
    console, progress = Console(), Console(stderr=True)
    if not console.is_terminal:
        console.width = 110  # in a pipe nothing says how wide it is
    available = cores()
    core, other = (available[-1], available[0]) if available else (None, None)
    with ExitStack() as stack:
        chosen = list(cases(dict.fromkeys(LATENCIES_MS)))
        if options.wire:
            endpoints = {ms: stack.enter_context(served(ms / 1000, other)) for ms in LATENCIES_MS}
            chosen += cases(dict(endpoints))
        starts = {}
        if options.starts:
            starts = start_ms(stack.enter_context(served(0.0, other)), core, options.starts)
        readings: dict[Case, list[Reading]] = {case: [] for case in chosen}
        turns = [case for _ in range(options.rounds) for case in chosen]
        for case in track(turns, "Reading", console=progress, disable=not progress.is_terminal):
            readings[case].append(_alone(case, core))
    rows = [Row(case, found) for case, found in readings.items()]
    figures = DispatcherFigures(rows, record_bytes(json.loads(Workload().batch(0))), starts, core is not None)
    show(figures, console)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(figures.to_json(), indent=2) + "\n", encoding="utf-8")
    console.print(f"Written: {options.output}")


def _alone(case: Case, core: int | None) -> Reading:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(read, case, core).result()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.dispatcher", description=__doc__)
    parser.add_argument("--wire", action="store_true", help="read all again over real HTTP to a loopback server")
    parser.add_argument("--rounds", type=int, default=3, help="readings of each case (3); the median counts")
    parser.add_argument("--starts", type=int, default=11, help="cold starts of each program (11); 0: none")
    parser.add_argument("--output", type=Path, default=Path("build/bench/dispatcher.json"), help="where to write")
    return parser.parse_args()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # not at once: the processes that were started end first
    try:
        main()
    except NotBuiltError as error:
        sys.exit(str(error))
