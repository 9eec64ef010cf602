"""What the axes of charts have in common: round steps, and numbers that are short enough to stand at them."""

from math import floor, log10

_ROUND = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 15)
"""Steps of an axis that a reader adds up in the head, times a power of ten."""

MOST_TIMES = 12
"""Times at an axis at most, so that they do not touch each other."""

_TIME_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400)
"""Steps of an axis of time, in seconds."""


def round_step(least: float) -> float:
    """Return the first round step that is not below `least`."""
    power = 10.0 ** floor(log10(max(least, 1e-9)))
    return next(power * factor for factor in _ROUND if power * factor >= least)


def number(value: float) -> str:
    """Write a number short, with thousands as k."""
    if value >= 10_000:
        return f"{value / 1000:.0f}k"
    if value >= 1_000:
        return f"{value / 1000:.1f}k".replace(".0k", "k")
    return f"{value:.0f}" if value >= 10 or value == 0 else f"{value:.2g}"


def times(last_s: float) -> list[tuple[float, str]]:
    """Return the places of an axis from 0 to `last_s`, each with how it is written."""
    steps = [step for step in _TIME_STEPS_S if last_s / step <= MOST_TIMES]
    step = steps[0] if steps else round_step(last_s / MOST_TIMES)
    return [(each * step, _time(each * step)) for each in range(int(last_s / step) + 1)]


def _time(seconds: float) -> str:
    if seconds < 600:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:,.0f} min" if seconds < 36_000 else f"{seconds / 3600:,.0f} h"
