"""How long a service takes to answer."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

Latency = Callable[[], float]
"""Returns the seconds of the next answer."""

MEDIAN_S = 0.005
SPREAD = 0.894
"""Of the logarithm: with it the 99th of a hundred answers takes 40 ms, eight times the median (ln 8 / 2.326)."""

LATE_S = 0.5
LATE_SHARE = 0.001
"""One answer in a thousand is that late, as of a service that fails over or throttles inside."""


@dataclass(frozen=True, slots=True)
class Constant:
    """Always `seconds`."""

    seconds: float

    def __call__(self) -> float:
        """See Latency."""
        return self.seconds


@dataclass(frozen=True, slots=True)
class Realistic:
    """Log-normal with a few late answers; the same `seed` gives the same ones."""

    seed: int
    _chance: random.Random = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Begin the sequence."""
        object.__setattr__(self, "_chance", random.Random(self.seed))  # noqa: S311 -- repeatable, and no secret

    def __call__(self) -> float:
        """See Latency."""
        if self._chance.random() < LATE_SHARE:
            return LATE_S
        return MEDIAN_S * self._chance.lognormvariate(0.0, SPREAD)
