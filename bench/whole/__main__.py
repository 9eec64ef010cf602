"""`make bench-whole`: reads all contenders in turns, profiles each, shows it and writes build/bench/whole.json."""

import argparse
import json
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

from rich.console import Console
from rich.progress import track

from bench.dispatcher.figures import Row
from bench.dispatcher.measure import Case, Reading
from bench.dispatcher.pin import cores, pin
from bench.whole.figures import WholeFigures
from bench.whole.measure import Place, bed, read
from bench.whole.profile import ProfileError, profile
from bench.whole.runtime_api import FunctionFailedError
from bench.whole.stages import Profile, spent_us
from bench.whole.table import show
from local.errors import LocalError
from local.rie import BUILT, runtime_python

WIRE = "TLS"
MEDIAN_MS = 5.0


@dataclass(frozen=True, slots=True)
class Size:
    """Records of a batch, batches of a reading, and records of the first batch, which is not measured."""

    records: int
    batches: int
    warm_up: int


BATCH = 8_000
"""Of these records an event has 5.9 MB, just below the 6 MB that Lambda takes."""

SIZES: Mapping[tuple[str, str], Size] = {
    ("comboio", "unpacked"): Size(BATCH, 4, BATCH),
    ("comboio", "packed"): Size(BATCH, 6, BATCH),
    ("comboio", "event"): Size(BATCH, 3, BATCH),
    ("powertools", "unpacked"): Size(250, 1, 10),
    ("floor", "unpacked"): Size(2_500, 1, 50),
}
"""Fewer for the slow ones, whose cost a message does not depend on it; the dispatcher's depends on its batch."""

PROFILED_S = 4.0
"""Seconds of invocations that a profile takes."""


def main() -> None:
    """Read, profile, show and write the figures."""
    options = _options()
    if not all(folder.is_dir() for folder in BUILT):
        sys.exit("There is no built function in build/; run `make build-local` first.")
    console, progress = Console(), Console(stderr=True)
    if not console.is_terminal:
        console.width = 110  # in a pipe nothing says how wide it is
    available = cores()
    core, other = (available[-1], available[0]) if available else (None, None)
    place = Place(runtime_python(progress.print), core, other)
    pinned = pin(other)
    cases = {Case(*key, MEDIAN_MS, size.records, size.batches, WIRE): size for key, size in SIZES.items()}
    readings: dict[Case, list[Reading]] = {case: [] for case in cases}
    turns = [case for _ in range(options.rounds) for case in cases]
    for case in track(turns, "Reading", console=progress, disable=not progress.is_terminal):
        readings[case].append(read(case, cases[case].warm_up, place))
    rows = [Row(case, found) for case, found in readings.items()]
    folder = options.output.parent
    folder.mkdir(parents=True, exist_ok=True)
    spent: dict[tuple[str, str], Mapping[str, float]] = {}
    if options.profile:
        for row in track(rows, "Profiling", console=progress, disable=not progress.is_terminal):
            key = row.case.contender, row.case.mode
            spent[key] = _profiled(row, cases[row.case], place, folder)
    figures = WholeFigures(rows, spent, pinned and core != other)
    show(figures, console)
    options.output.write_text(json.dumps(figures.to_json(), indent=2) + "\n", encoding="utf-8")
    console.print(f"Written: {options.output}")
    if spent:
        console.print(f"Flame graphs: {folder}/whole-*.svg")


def _profiled(row: Row, size: Size, place: Place, folder: Path) -> Mapping[str, float]:
    """Draw the contender's flame graph, and return where a message's time goes, for the speed that was read before."""
    name = folder / f"whole-{row.case.contender}-{row.case.mode}"
    numbers = count(1)
    batches = max(1, round(PROFILED_S * row.msgs_per_s / size.records))
    with bed(row.case, size.warm_up, place) as made:

        def work() -> None:
            for number in islice(numbers, batches):
                made.invoke(number, size.records)

        profile(made.function.process.pid, "flamegraph", name.with_suffix(".svg"), work)
        cpu_s, system_s = made.function.cpu_s(), made.function.system_s()
        profile(made.function.process.pid, "raw", name.with_suffix(".txt"), work)
        share = (made.function.system_s() - system_s) / (made.function.cpu_s() - cpu_s)
    return spent_us(Profile(name.with_suffix(".txt").read_text(encoding="utf-8"), share), row.middle)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.whole", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="readings of each contender (3); the median counts")
    parser.add_argument("--profile", action=argparse.BooleanOptionalAction, default=True, help="draw flame graphs")
    parser.add_argument("--output", type=Path, default=Path("build/bench/whole.json"), help="where to write")
    return parser.parse_args()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # not at once: the processes that were started end first
    try:
        main()
    except (LocalError, FunctionFailedError, ProfileError) as error:
        sys.exit(str(error))
