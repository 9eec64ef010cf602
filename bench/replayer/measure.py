"""One reading: a contender takes all letters of a queue, alone in a fresh process on one core."""

import os
import sys
import time
from pathlib import Path

from bench.dispatcher.contenders import ENVIRONMENT
from bench.dispatcher.pin import pin
from bench.replayer.canned import Downstream, letters
from bench.replayer.contenders import CONTENDERS

LATENCY_S = 0.005

Reading = tuple[float, float]


def read(name: str, number: int, core: int | None) -> Reading:
    """Letters a second, and CPU ms a letter, of one contender in this process, which should be a fresh one."""
    pin(core)
    os.environ.update({**ENVIRONMENT, "LOG_LEVEL": "INFO"})
    downstream = Downstream(letters(number))
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:  # log lines are written, as in Lambda, and not shown
        sys.stdout = nowhere
        try:
            CONTENDERS[name](Downstream(letters(50)), 0.0)  # warms up: imports, caches, threads
            began, cpu = time.perf_counter(), time.process_time()
            CONTENDERS[name](downstream, LATENCY_S)
            wall_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu
        finally:
            sys.stdout = sys.__stdout__
    if len(downstream.sent) != number or len(set(downstream.sent)) != number or downstream.deleted != number:
        raise RuntimeError(f"{name} sent {len(downstream.sent)} and deleted {downstream.deleted} of {number} letters.")
    return number / wall_s, cpu_s * 1000 / number
