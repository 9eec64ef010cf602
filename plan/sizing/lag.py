"""Calculates the lag after a burst and after an outage: what comes in against what goes out, partition by partition."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lag:
    """A backlog, and how it goes."""

    records: float
    """Records behind at its highest."""
    seconds: float
    """How far behind the last record of the slowest partition is."""
    drained_s: float | None
    """Seconds until it is gone, from its highest; None: it never goes."""
    bound_by: str
    """What the draining waits for."""


def drained(behind: float, rate: float, capacity: float) -> float | None:
    """Return the seconds in which a backlog goes while messages still come in; None if it never does."""
    if behind <= 0:
        return 0.0
    return behind / (capacity - rate) if capacity > rate else None


def backlog(
    came_in: float,
    went_out: float,
    seconds: float,
    after: float,
    shares: Sequence[float],
    partition: float,
    whole: float,
    whole_by: str = "all environments together",
) -> Lag:
    """Return the lag of a topic into which `came_in` messages a second came for `seconds`, and out of which fewer went.

    `after` is the rate from then on; `shares` are the partitions' shares; `partition` is what one of them gets through
    in a second, `whole` what all of them do together and `whole_by` why no more; `went_out` is what was taken out of
    all of them in that time.
    """
    hottest = max(shares)
    all_behind = max(came_in - went_out, 0.0) * seconds
    hot_behind = max(came_in * hottest - min(went_out * hottest, partition), 0.0) * seconds
    by_whole = drained(max(all_behind, hot_behind), after, whole)
    by_hottest = drained(hot_behind, after * hottest, partition)
    if by_hottest is None or (by_whole is not None and by_hottest > by_whole):
        bound, drained_s = "the hottest partition", by_hottest
    else:
        bound, drained_s = whole_by, by_whole
    rate = came_in * hottest
    behind_s = hot_behind / rate if rate else 0.0
    return Lag(max(all_behind, hot_behind), behind_s, drained_s, bound if all_behind or hot_behind else "nothing")
