"""Writes times for people."""

HOUR_S, DAY_S = 3600, 86_400
"""Seconds of an hour and of a day."""


def span(seconds: float) -> str:
    """Write seconds in the unit that reads best."""
    if seconds == float("inf"):
        return "never"
    for unit, size in (("d", DAY_S), ("h", HOUR_S), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:,.1f} {unit}".replace(".0 ", " ")
    return f"{seconds:,.0f} s"
