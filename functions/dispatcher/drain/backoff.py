"""When a hold message that could not be drained is tried again. Pure."""

from collections.abc import Callable

TIERS_S = (2, 10, 30, 120, 600, 1_800, 3_600)
"""Seconds by the attempts that its record at fault has used: from seconds to an hour."""

LONGEST_CLOSED_S = 60.0
"""While a destination is cut off, each order group looks at it again this often at least: so all of them are drained
within about a minute of its recovery."""

SHORTEST_S = 1.0

_TABLE_AWAY_S = 10.0
"""While the table does not answer: long enough for it, and far less than the queue's own visibility timeout."""

_ATTEMPT_EVERY_MS = 3_600_000
"""While a destination is cut off, a failure counts against a record at most once an hour: an outage uses up hardly any
attempts, and a message that makes its destination fail, alone in its traffic, is dead-lettered all the same."""


def after_attempts(attempts: int, jitter: Callable[[], float]) -> float:
    """Return the seconds to wait after so many attempts, a quarter more or less."""
    return TIERS_S[min(max(attempts, 1), len(TIERS_S)) - 1] * (0.75 + jitter() / 2)


def while_closed(opens_in_s: float, jitter: Callable[[], float]) -> float:
    """Return the seconds to wait for a destination that may be worth another look in some seconds."""
    return max(SHORTEST_S, min(opens_in_s, LONGEST_CLOSED_S) * (0.75 + jitter() / 2))


def while_table_away(jitter: Callable[[], float]) -> float:
    """Return the seconds to wait for the table that says how far the queue is drained."""
    return _TABLE_AWAY_S * (0.75 + jitter() / 2)


def counts(now: int, counted_at: int) -> bool:
    """Return whether a failure uses an attempt although the destination is cut off."""
    return now - counted_at >= _ATTEMPT_EVERY_MS
