"""A few of many values, that say of their spread what all would say."""

from collections.abc import Iterable

MOST = 50
"""Values that stand for a batch's; one metric of an EMF log line takes 100 (CloudWatch, "Embedded metric format")."""


def sample(values: Iterable[float], most: int = MOST) -> list[float]:
    """At most so many, evenly spread over the sorted values: the smallest, the largest and the quantiles between."""
    ordered = sorted(values)
    if len(ordered) <= most:
        return ordered
    return [ordered[place * (len(ordered) - 1) // (most - 1)] for place in range(most)]
