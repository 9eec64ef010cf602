"""`make bench-traces`: processor time of the dispatcher with traces and without, batch by batch; half a minute.

Both dispatchers are in one process and take the same batches in turns, whole calls and threads included: what else runs
on the machine hits both. Spans go over real HTTP to a receiver in another process. Each message of the benchmark is
sampled by its traceparent, which is the most that traces can cost; the other case samples none.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
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
from bench.traces.receiver import received

WRITTEN = Path("build/bench/traces.json")
RECORDS, PAIRS, STARTS = 10_000, 24, 9
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"

IMPORT = """
import sys, time
import dispatcher.wiring
began = time.perf_counter()
{what}
print((time.perf_counter() - began) * 1000)
"""
"""What an import takes where the dispatcher's own are there already."""


def main() -> None:
    """Measure, show and write the figures."""
    available = cores()
    pin(available[-1] if available else None)
    os.environ.update(ENVIRONMENT)
    shown = Table(title=f"Processor time of traces, in {PAIRS} pairs of batches of {RECORDS}")
    for heading in ("batches", "off, us a message", "on, us a message", "more"):
        shown.add_column(heading, justify="left" if heading == "batches" else "right")
    figures: dict[str, Any] = {"load": os.getloadavg()[0]}
    for name, mode, sampled in (
        ("unpacked, every message sampled", "unpacked", True),
        ("unpacked, no message sampled", "unpacked", False),
        ("packed, every message sampled", "packed", True),
    ):
        off, on, spans = pairs(mode, sampled=sampled)
        more = median(b / a for a, b in zip(off, on, strict=True)) - 1
        figures[name] = {"off_us": median(off), "on_us": median(on), "more": round(more, 4), "requests": spans}
        shown.add_row(name, f"{median(off):.2f}", f"{median(on):.2f}", f"{more:+.1%}")
    figures["import_ms"] = import_ms("import dispatcher.observe.traces")
    figures["load_after"] = os.getloadavg()[0]
    console = Console()
    console.print(shown)
    console.print(f"Import of what makes traces: {figures['import_ms']:.1f} ms, only where an endpoint is set")
    WRITTEN.parent.mkdir(parents=True, exist_ok=True)
    WRITTEN.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    console.print(f"Written: {WRITTEN}; load {figures['load']:.1f} to {figures['load_after']:.1f}")


def pairs(mode: str, *, sampled: bool) -> tuple[list[float], list[float], int]:
    """Return microseconds a message of each batch, without traces and with them, and the requests that were sent."""
    workload = Workload(records=RECORDS)
    with received() as receiver:
        off = comboio(mode, Stubbed(0.0), None)
        os.environ[ENDPOINT] = receiver.endpoint
        try:
            on = comboio(mode, Stubbed(0.0), None)
        finally:
            del os.environ[ENDPOINT]
        taken: tuple[list[float], list[float]] = ([], [])
        for number in range(PAIRS + 1):
            text = workload.batch(number)
            for which in (0, 1) if number % 2 else (1, 0):
                event = json.loads(text)
                if not sampled:
                    _unsample(event)
                spent = _cpu_us((off, on)[which], event, number)
                if number:  # the first ones warm up
                    taken[which].append(spent)
        with _quiet():
            requests = receiver.requests()
    if requests < PAIRS:
        raise RuntimeError(f"only {requests} of {PAIRS} batches had a trace: the figures mean nothing")
    return (*taken, requests)


def _cpu_us(function: Callable[[Any, Any], Any], event: Any, number: int) -> float:
    with _quiet():
        began = time.process_time()
        answer = function(event, Context(number))
        spent = time.process_time() - began
    if answer != {"batchItemFailures": []}:
        raise RuntimeError(f"the batch {number} came back: {str(answer)[:200]}")
    return spent / RECORDS * 1e6


def _unsample(event: Any) -> None:
    for group in event["records"].values():
        for record in group:
            record["headers"][1]["traceparent"][-1] = ord("0")


@contextmanager
def _quiet() -> Iterator[None]:
    """Write the log lines, as in Lambda, and show none."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        sys.stdout = nowhere
        try:
            yield
        finally:
            sys.stdout = sys.__stdout__


def import_ms(what: str) -> float:
    """Return the median of what an import takes in a fresh process."""
    found = []
    for attempt in range(STARTS + 1):
        done = subprocess.run(  # noqa: S603 -- this interpreter, with the program above
            [sys.executable, "-c", IMPORT.format(what=what)], capture_output=True, text=True, check=True
        )
        if attempt:  # the first one writes what byte code is missing
            found.append(float(done.stdout))
    return median(found)


if __name__ == "__main__":
    main()
