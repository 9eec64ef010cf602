"""Makes synthetic telemetry from a seed: fleets of trucks that move plausibly, and codes in Pareto proportions."""

from collections.abc import Sequence
from random import Random

from producer.iso_time import iso_utc
from producer.source.pareto import pareto_weights
from producer.source.reading import Readings, Taken
from producer.source.truck import Truck

_GRAIN = 10_000
"""Codes are listed as often as their share of so many: to pick among equals costs a third of picking by weight."""
_PRIORITY_CODIGO = 300
"""The high-priority code of the domain. Urgent events are rare, so it has the last rank of the tail."""


def ranked_codes(count: int) -> list[int]:
    """Return `count` codes, most frequent first: 301, 302, 303, ... and the high-priority 300 as the rarest."""
    return [*range(_PRIORITY_CODIGO + 1, _PRIORITY_CODIGO + count), _PRIORITY_CODIGO]


def fleet(trucks: int, fleets: int, seed: int) -> list[Truck]:
    """Make `trucks` trucks, from `T-000001` on, at `fleets` depots in the south-east of Brazil."""
    random = Random(f"fleet:{seed}")  # noqa: S311 - a simulation, not a secret; it must repeat
    depots = [(random.uniform(-25, -19), random.uniform(-51, -43)) for _ in range(fleets)]
    return [
        Truck(f"T-{number:06d}", f"F-{number % fleets:02d}", depots[number % fleets], random)
        for number in range(1, trucks + 1)
    ]


class SyntheticSource:
    """Gives endless readings of `trucks`; the same seed, trucks and times give the same readings."""

    def __init__(self, trucks: Sequence[Truck], codes: Sequence[int], seed: str) -> None:
        self._trucks = trucks
        self._codes = [
            codigo
            for codigo, weight in zip(codes, pareto_weights(len(codes)), strict=True)
            for _ in range(max(1, round(weight * _GRAIN)))
        ]
        self._random = Random(seed)  # noqa: S311 - a simulation, not a secret; it must repeat

    def read(self, count: int, now_ms: int) -> Taken:
        """Return `count` readings of random trucks, all at the time `now_ms`."""
        random, occurred_at = self._random, iso_utc(now_ms)
        codes = random.choices(self._codes, k=count)
        trucks = random.choices(self._trucks, k=count)
        members = [truck.report(now_ms, random) for truck in trucks]
        return Taken(Readings.made_up(codes, [truck.truck_id for truck in trucks], occurred_at, members))
