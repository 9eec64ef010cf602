"""`make plan-measure`: reads what a batch and a message take, and writes plan/measured/measured.toml."""

import multiprocessing
import os
import platform
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from bench.dispatcher.measure import Case, Reading, read
from bench.dispatcher.pin import cores
from bench.plan.fit import line
from plan.measured.measured import FILE

LATENCY_MS = 5.0
"""A call's latency: what SQS and DynamoDB take within a region."""

SIZES = ((100, 30), (1_000, 8), (4_000, 4), (10_000, 3))
"""Records of a batch, and batches: small ones show what a batch costs, large ones what a message does."""

MODES = ("packed", "unpacked", "event")
"""How a route may send, as the benchmark names it."""

POWERTOOLS = ("unpacked", 500, 1)
"""The same with Powertools, whose time of a message does not depend on the batch: mode, records, batches."""


ROUNDS = 3
"""How often each case is read. The fastest counts, since other work on the machine only ever adds."""


def main() -> None:
    """Read every case in turns, and write the file."""
    available = cores()
    core = available[-1] if available else None
    found: dict[str, list[tuple[int, Reading]]] = {mode: [] for mode in (*MODES, "powertools")}
    cases = [(mode, Case("comboio", mode, LATENCY_MS, *size)) for mode in MODES for size in SIZES]
    cases.append(("powertools", Case("powertools", POWERTOOLS[0], LATENCY_MS, *POWERTOOLS[1:])))
    for _ in range(ROUNDS):
        for mode, case in cases:
            found[mode].append((case.batches, _alone(case, core)))
    FILE.write_text(_text(found), encoding="utf-8")
    sys.stdout.write(FILE.read_text(encoding="utf-8"))


def _alone(case: Case, core: int | None) -> Reading:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(read, case, core).result()


def _text(found: dict[str, list[tuple[int, Reading]]]) -> str:
    readings = [reading for each in found.values() for _, reading in each]
    load = max(reading.load for reading in readings)
    lines = [
        "# What the planner calculates with, as it was measured. `make plan-measure` writes this file anew.",
        "#",
        "# A batch of n messages takes batch_s + n * message_s in the handler, and n * json_s more in the runtime,",
        "# which reads the event first. Twelve partitions a batch, 5 ms a call, one core, HTTP stubbed.",
        f"date = {time.strftime('%Y-%m-%d', time.gmtime())}",
        'command = "make plan-measure"',
        f'machine = "Python {platform.python_version()}, {platform.machine()}, one of {os.cpu_count()} cores"',
        f"load = {load:.1f}  # the highest load average while it ran; the fastest of {ROUNDS} readings counts",
        f"latency_s = {LATENCY_MS / 1000:g}",
    ]
    for mode, each in found.items():
        lines += ["", f"[{mode}]", *_section(mode, each)]
    return "\n".join(lines) + "\n"


def _section(mode: str, each: Sequence[tuple[int, Reading]]) -> list[str]:
    largest = max(each, key=lambda pair: pair[1].records / pair[0])[1]
    json_s = min(reading.runtime_s / reading.records for _, reading in each)
    fastest: dict[float, float] = {}
    for batches, reading in each:
        size, seconds = reading.records / batches, reading.wall_s / batches
        fastest[size] = min(seconds, fastest.get(size, seconds))
    if mode == "powertools":
        batch_s, message_s = 0.0, min(seconds / size for size, seconds in fastest.items())
    else:
        batch_s, message_s = line(list(fastest.items()))
    return [
        f"batch_s = {batch_s:.4f}",
        f"message_s = {message_s:.3g}",
        f"json_s = {json_s:.3g}",
        f"writes_a_message = {largest.counts.dynamodb_writes / largest.records:.4g}",
        f"sqs_requests_a_message = {largest.counts.sqs_requests / largest.records:.4g}",
    ]


if __name__ == "__main__":
    main()
