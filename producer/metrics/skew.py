"""Measures skew: how much more the hottest partition of a topic gets than the mean one."""

from collections.abc import Mapping


def by_topic(partitions: Mapping[str, int]) -> dict[str, list[int]]:
    """Turn counts by `topic-partition` into a list for each topic. A topic's name may itself have dashes."""
    topics: dict[str, list[int]] = {}
    for place, count in partitions.items():
        topics.setdefault(place.rpartition("-")[0], []).append(count)
    return topics


def skew(counts: list[int], partitions: int | None = None) -> float:
    """Return the hottest partition's count over the mean of all `partitions`: 1 is even, 0 is no message at all.

    `partitions` includes those without a message; None takes as many as there are counts.
    """
    total = sum(counts)
    return max(counts) * (partitions or len(counts)) / total if total else 0.0
