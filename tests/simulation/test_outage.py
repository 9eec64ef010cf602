"""A long outage of one destination at full rate, in virtual time; `make simulate OUTAGE=3600` plays an hour of it."""

import pytest

from tests.simulation.outage.figures import outage_broke
from tests.simulation.outage.world import Outage


@pytest.mark.robustness("a destination that is down at full rate")
def test_an_outage_at_full_rate_does_not_grow_the_ledger() -> None:
    """While three of ten messages of a partition at its share of 13,000/s are for a destination that is down, they wait
    in the hold queue: the ledger's item stays small, and afterwards all arrive once, in the order of their keys."""
    figures = Outage(12).play()
    assert outage_broke(figures) == []
    assert figures.most_held_messages >= 12
    assert figures.redelivered == 0, "the partition waited for the destination"
