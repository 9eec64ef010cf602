"""`make bench-traces`: what traces add to the dispatcher's processor time; under a minute on a quiet machine.

Measured twice: alone, on a batch that is dispatched already, as the least of many rounds; and by pairs of whole batches
with traces and without, in turns in one process, whose noise on a busy machine is larger than what they measure. Spans
go over real HTTP to a receiver in another process. Each message of the benchmark is sampled by its traceparent, which
is the most that traces can cost; the other case samples none.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.dispatcher.contenders import ENVIRONMENT, Context, comboio
from bench.dispatcher.exchange import Stubbed
from bench.dispatcher.pin import cores, pin
from bench.dispatcher.workload import Workload
from bench.traces.added import added_ms
from bench.traces.receiver import received

WRITTEN = Path("build/bench/traces.json")
RECORDS, EVENTS, PAIRS, ROUNDS, STARTS = 10_000, 2, 4, 25, 5
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
CASES = (("unpacked", True), ("unpacked", False), ("packed", True))
"""The route's mode, and whether every message is sampled or none."""

IMPORT = """
import time
import dispatcher.wiring
began = time.perf_counter()
import dispatcher.observe.traces
print((time.perf_counter() - began) * 1000)
"""
"""What an import takes where the dispatcher's own are there already."""


def main() -> None:
    """Measure, show and write the figures."""
    available = cores()
    pin(available[-1] if available else None)
    os.environ.update(ENVIRONMENT, DISPATCHER_ROUTES_MAX_AGE_S="86400")  # its file is gone soon
    texts = [Workload(records=RECORDS).batch(number) for number in range(EVENTS)]
    figures: dict[str, Any] = {"load": [os.getloadavg()[0]]}
    with _quiet(), received() as receiver:
        for mode, sampled in CASES:
            added = added_ms(texts[0], receiver.endpoint, ROUNDS, sampled=sampled)
            off, on = pairs(mode, texts, receiver.endpoint, sampled=sampled)
            figures[f"{mode}, {'every' if sampled else 'no'} message sampled"] = {
                "off_ms": round(min(off), 1),
                "added_ms": round(added.least, 2),
                "added_median_ms": round(added.median, 2),
                "share": round(added.least / min(off), 4),
                "pairs": round(median(b / a for a, b in zip(off, on, strict=True)) - 1, 4),
            }
    figures["import_ms"] = round(import_ms(), 1)
    figures["load"].append(os.getloadavg()[0])
    show(figures)


def show(figures: dict[str, Any]) -> None:
    """Print and write the figures."""
    shown = Table(title=f"Processor time that traces add to a batch of {RECORDS}")
    for heading in ("batch", "off, ms", "added, ms", "share", "by pairs"):
        shown.add_column(heading, justify="left" if heading == "batch" else "right")
    for name, row in figures.items():
        if isinstance(row, dict):
            shown.add_row(name, f"{row['off_ms']}", f"{row['added_ms']}", f"{row['share']:.1%}", f"{row['pairs']:+.1%}")
    console = Console()
    console.print(shown)
    console.print(f"Import of what makes traces: {figures['import_ms']} ms, only where an endpoint is set")
    WRITTEN.parent.mkdir(parents=True, exist_ok=True)
    WRITTEN.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    console.print(f"Written: {WRITTEN}; load {figures['load']}")


def pairs(mode: str, texts: Sequence[str], endpoint: str, *, sampled: bool) -> tuple[list[float], list[float]]:
    """Return the milliseconds of each batch without traces, and of each with them."""
    off = comboio(mode, Stubbed(0.0), None)
    os.environ[ENDPOINT] = endpoint
    try:
        on = comboio(mode, Stubbed(0.0), None)
    finally:
        del os.environ[ENDPOINT]
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(PAIRS + 1):
        for which in (0, 1) if number % 2 else (1, 0):
            event = json.loads(texts[number % EVENTS])
            if not sampled:
                _unsample(event)
            spent = _cpu_ms((off, on)[which], event, number)
            if number:  # the first ones warm up
                taken[which].append(spent)
    return taken


def _cpu_ms(function: Callable[[Any, Any], Any], event: Any, number: int) -> float:
    began = time.process_time()
    answer = function(event, Context(number))
    spent = time.process_time() - began
    if answer != {"batchItemFailures": []}:
        raise RuntimeError(f"the batch {number} came back: {str(answer)[:200]}")
    return spent * 1000


def _unsample(event: Any) -> None:
    for group in event["records"].values():
        for record in group:
            record["headers"][1]["traceparent"][-1] = ord("0")


@contextmanager
def _quiet() -> Iterator[None]:
    """Write the log lines, as in Lambda, and show none; a logger takes the output that there is when it is made."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        sys.stdout = nowhere
        try:
            yield
        finally:
            sys.stdout = sys.__stdout__


def import_ms() -> float:
    """Return the median of what an import takes in a fresh process."""
    found = []
    for attempt in range(STARTS + 1):
        done = subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True)  # noqa: S603 -- ours
        if attempt:  # the first one writes what byte code is missing
            found.append(float(done.stdout))
    return median(found)


if __name__ == "__main__":
    main()
