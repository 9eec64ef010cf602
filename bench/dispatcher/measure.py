"""One reading: a contender takes some batches, alone in a fresh process on one core."""

import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench.dispatcher.contenders import CONTENDERS, ENVIRONMENT, Context
from bench.dispatcher.exchange import Exchange, OnWire, Stubbed
from bench.dispatcher.pin import pin
from bench.dispatcher.tally import Counts
from bench.dispatcher.workload import Workload


@dataclass(frozen=True, slots=True)
class Case:
    """What is read. `endpoint` is the loopback server that answers after the latency; None: HTTP is stubbed."""

    contender: str
    mode: str
    latency_ms: float
    records: int
    batches: int
    endpoint: str | None = None

    @property
    def wire(self) -> bool:
        """Whether HTTP is spoken."""
        return self.endpoint is not None


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of it: seconds of wall and CPU time for all `records` together; `load` of the machine meanwhile.

    `runtime_s` is what Lambda's runtime needs to read the events' JSON, which is not in `wall_s` and `cpu_s`.
    """

    records: int
    wall_s: float
    cpu_s: float
    runtime_s: float
    counts: Counts
    load: float


class UnfairReadingError(Exception):
    """A contender did not send what it was given: its figures mean nothing."""


def read(case: Case, core: int | None) -> Reading:
    """Measure in this process, which should be a fresh one: it is pinned, and its environment and output change."""
    pin(core)
    os.environ.update(ENVIRONMENT)
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:  # log lines are written, as in Lambda, and not shown
        sys.stdout = nowhere
        try:
            return _read(case)
        finally:
            sys.stdout = sys.__stdout__


def _read(case: Case) -> Reading:
    exchange: Exchange = OnWire() if case.wire else Stubbed(case.latency_ms / 1000)
    function = CONTENDERS[case.contender](case.mode, exchange, case.endpoint)
    workload = Workload(records=case.records)
    _invoke(function, json.loads(workload.batch(0)), 0)  # warms up: caches, connections, threads
    exchange.tally.counts()
    wall = cpu = runtime = 0.0
    for number in range(1, case.batches + 1):
        text = workload.batch(number)
        began = time.perf_counter()
        event = json.loads(text)
        runtime += time.perf_counter() - began
        began, began_cpu = time.perf_counter(), time.process_time()
        _invoke(function, event, number)
        wall += time.perf_counter() - began
        cpu += time.process_time() - began_cpu
    counts, records = exchange.tally.counts(), case.records * case.batches
    if counts.sent != records:
        raise UnfairReadingError(f"{case.contender} {case.mode} was given {records} records and sent {counts.sent}")
    return Reading(records, wall, cpu, runtime, counts, os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0)


def _invoke(function: object, event: object, number: int) -> None:
    answer = function(event, Context(number))  # type: ignore[operator]
    if answer != {"batchItemFailures": []}:
        raise UnfairReadingError(f"of {number} came back: {str(answer)[:200]}")
