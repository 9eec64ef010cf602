"""What a run costs, by the planner's prices."""

from typing import NamedTuple

from local.account.settings import CheckSettings
from local.account.topics import PARTITIONS
from plan.cost.bill import SECONDS_A_MONTH, Dispatching, dispatching
from plan.prices.prices import Prices

_MINUTES_BESIDE = 20
"""Minutes that the stacks are there beside the sending: they are made, drained, asked and removed."""

_TOPICS = 3
_WINDOW_S = 1.0
"""The stack's batching window."""


class Estimate(NamedTuple):
    """The cost of a run."""

    usd: float
    """US dollars for the stack's own parts; a cluster costs what it costs anyway."""
    unchecked: tuple[str, ...]
    """Prices that nobody checked."""


def estimate(settings: CheckSettings) -> Estimate:
    """Return what a run costs."""
    prices = Prices.load()
    rate = settings.rate
    month = dispatching(
        prices,
        Dispatching(
            rate=rate,
            batches=_TOPICS / _WINDOW_S,
            partitions=_TOPICS * PARTITIONS,
            window_s=_WINDOW_S,
            busy=1.0,
            units=2 if settings.questions else 1,  # each stack's mappings share theirs
            requests=rate,
            claims=0.0,
        ),
    )
    usd = sum(month.values()) * (settings.duration + _MINUTES_BESIDE * 60) / SECONDS_A_MONTH
    return Estimate(usd, tuple(prices.unchecked()))
