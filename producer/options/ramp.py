"""The ramp-up plan: how many threads, or what rate, for how long."""

import re
from collections.abc import Sequence
from typing import NamedTuple

_STEP = re.compile(r"(\d+)(/s)?:(\d+(?:\.\d+)?)(s|m)?")

FASTEST = 10_000_000
"""Most messages a second that can be asked for: twenty times what one process reaches (docs/adr/0014)."""

LONGEST_S = 31_536_000
"""Longest run or step of one, a year: longer is not meant."""


class RampStep(NamedTuple):
    """`threads` or `rate` (messages a second) from the step's beginning on, for `seconds`; None leaves it as it is."""

    seconds: float
    threads: int | None = None
    rate: float | None = None


def parse_ramp(text: str) -> tuple[RampStep, ...]:
    """Read `1:30s,5:60s` as threads, `1000/s:30s,13000/s:2m` as rates; empty text is no plan.

    Raises:
        ValueError: another form, no time, no thread or no rate.
    """
    steps = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        found = _STEP.fullmatch(part)
        if not found or float(found[3]) == 0 or int(found[1]) == 0:
            raise ValueError(f"{part!r} is not threads:seconds (5:60s) or rate/s:seconds (1000/s:60s), both above 0")
        amount, seconds = int(found[1]), float(found[3]) * (60 if found[4] == "m" else 1)
        if not found[2] and amount > 64:
            raise ValueError(f"{part!r}: at most 64 threads; a rate is written {amount}/s:{found[3]}s")
        if seconds > LONGEST_S or amount > FASTEST:
            raise ValueError(f"{part!r}: a step has at most {FASTEST} messages a second and {LONGEST_S} s")
        steps.append(RampStep(seconds, rate=amount) if found[2] else RampStep(seconds, threads=amount))
    return tuple(steps)


def step_at(steps: Sequence[RampStep], elapsed_s: float) -> tuple[RampStep, float] | None:
    """Return the step that is due `elapsed_s` into the run, and when it ends (s into the run); None after the plan."""
    end = 0.0
    for step in steps:
        end += step.seconds
        if elapsed_s < end:
            return step, end
    return None
