"""What is measured, and what the figures of a run are."""

import statistics
from collections.abc import Mapping, Sequence
from typing import NamedTuple

BATCH = 10_000
"""Records of a batch: the mapping's maximum, and what template.yaml has."""

WITHIN_S = 300.0
"""Seconds that a reading may take, which takes ten on a quiet machine."""


class Reading(NamedTuple):
    """One contender that consumed all messages once."""

    msgs_per_s: float
    us_per_msg_cpu: float
    cores: float
    """That it kept busy: below 1, it waited."""
    memory_mb: float
    load: float
    """The machine's, when it began."""

    @classmethod
    def of(cls, figures: Mapping[str, float], load: float) -> "Reading":
        """Take what a contender wrote."""
        return cls(
            figures["msgs_per_s"], figures["us_per_msg_cpu"], figures["cores"], figures["memory_mb"], round(load, 2)
        )


def figures(readings: Mapping[str, Sequence[Reading]]) -> dict[str, object]:
    """Return medians, slowest and fastest, and the ratio of each round to the bare loop's of the same round."""
    found: dict[str, object] = {}
    for name, each in readings.items():
        found[f"{name}_msgs_per_s"] = statistics.median(one.msgs_per_s for one in each)
        found[f"{name}_slowest"] = min(one.msgs_per_s for one in each)
        found[f"{name}_fastest"] = max(one.msgs_per_s for one in each)
        found[f"{name}_cores"] = statistics.median(one.cores for one in each)
        found[f"{name}_us_per_msg_cpu"] = statistics.median(one.us_per_msg_cpu for one in each)
        found[f"{name}_memory_mb"] = max(one.memory_mb for one in each)
        if name != "bare":
            ratios = [one.msgs_per_s / bare.msgs_per_s for one, bare in zip(each, readings["bare"], strict=True)]
            found[f"{name}_ratio"] = round(statistics.median(ratios), 3)
            found[f"{name}_ratios"] = [round(ratio, 3) for ratio in ratios]
    return {**found, "readings": {name: [one._asdict() for one in each] for name, each in readings.items()}}


def turns(names: Sequence[str], rounds: int) -> list[list[str]]:
    """Return who goes after whom in each round: every other one the other way round, so that nobody is always first."""
    return [list(names if number % 2 == 0 else reversed(names)) for number in range(rounds)]
