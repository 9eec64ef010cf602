"""Synthetic telemetry: truck fleets that move plausibly and say codes in Pareto proportions, seeded."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from random import Random

from producer.clock import iso_utc
from producer.reading import Reading, Taken
from producer.source.pareto import pareto_weights
from producer.source.truck import Truck

PRIORITY_CODIGO = 300
"""The high-priority code of the domain. Urgent events are rare, so it takes the last rank of the tail."""


def ranked_codes(count: int) -> list[int]:
    """`count` codes, heaviest first: 301, 302, 303, ... and the high-priority 300 as the rarest."""
    return [*range(PRIORITY_CODIGO + 1, PRIORITY_CODIGO + count), PRIORITY_CODIGO]


def fleet(trucks: int, fleets: int, seed: int) -> list[Truck]:
    """`trucks` trucks, `T-000001` on, over `fleets` depots in the south-east of Brazil."""
    random = Random(f"fleet:{seed}")  # noqa: S311 - a simulation, not a secret; it must repeat
    depots = [(random.uniform(-25, -19), random.uniform(-51, -43)) for _ in range(fleets)]
    return [
        Truck(f"T-{number:06d}", f"F-{number % fleets:02d}", depots[number % fleets], random)
        for number in range(1, trucks + 1)
    ]


class SyntheticSource:
    """Endless readings of `trucks`; the same seed, trucks and times give the same readings."""

    def __init__(self, trucks: Sequence[Truck], codes: Sequence[int], seed: str) -> None:
        self._trucks = trucks
        self._codes = codes
        self._thresholds = list(accumulate(pareto_weights(len(codes))))
        self._random = Random(seed)  # noqa: S311 - a simulation, not a secret; it must repeat

    def read(self, count: int, now_ms: int) -> Taken:
        """`count` readings of random trucks, all at the time `now_ms`."""
        occurred_at = iso_utc(now_ms)
        return Taken([self._reading(now_ms, occurred_at) for _ in range(count)])

    def _reading(self, now_ms: int, occurred_at: str) -> Reading:
        random = self._random
        truck = self._trucks[int(random.random() * len(self._trucks))]
        truck.move(now_ms, random)
        rank = min(bisect_right(self._thresholds, random.random()), len(self._codes) - 1)
        members = f'"fleet":"{truck.fleet}","sequence":{truck.sequence},{truck.fix}'
        return Reading(self._codes[rank], truck.truck_id, occurred_at, members)
