"""How much of the machine a run could have: what its own processes took, and what was idle beside them."""

import os
import resource
import time
from dataclasses import dataclass
from pathlib import Path

STAT = Path("/proc/stat")
"""Where Linux counts the time of all cores."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The counters at one moment."""

    at: float
    """The time (s)."""
    idle_s: float
    """Seconds that cores were idle, in sum."""
    own_s: float
    """Seconds that processes took which this one started and waited for."""


def snapshot() -> Snapshot | None:
    """Read the counters; None where the system has none."""
    if not STAT.exists():
        return None
    fields = STAT.read_text(encoding="ascii").split("\n", 1)[0].split()
    idle = (int(fields[4]) + int(fields[5])) / os.sysconf("SC_CLK_TCK")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Snapshot(time.monotonic(), idle, used.ru_utime + used.ru_stime)


def cores_available(before: Snapshot | None, after: Snapshot | None) -> float:
    """Return the cores that a run could have, on the mean: the machine's, less what others took of them."""
    if before is None or after is None:
        return float(os.cpu_count() or 1)
    seconds = after.at - before.at
    return ((after.own_s - before.own_s) + (after.idle_s - before.idle_s)) / seconds
