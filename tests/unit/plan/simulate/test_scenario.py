"""Bursts and outages, simulated: they end where the formula says, and a hot partition ends last."""

import pytest

from plan.plan import Plan, Sources, make_plan
from plan.prices.brokers import Brokers
from plan.prices.prices import Prices
from plan.profile.profile import CodeShare, Order, TopicTraffic, Trucks
from plan.simulate.scenario import Curve, curves
from tests.support.traffic import MEASURED, profile

SOURCES = Sources(MEASURED, Prices.load(), Brokers.load())


def outage_of(plan: Plan) -> Curve:
    """Return the curve of the outage."""
    return curves(plan)[-1]


def test_an_outage_drains_as_calculated() -> None:
    """The formula and the simulation agree within a batch or two."""
    found = outage_of(make_plan(profile(rate=3_000), SOURCES))
    assert found.simulated_s is not None
    assert found.calculated.drained_s is not None
    assert found.simulated_s == pytest.approx(found.calculated.drained_s, rel=0.35, abs=5)


def test_the_lag_rises_and_goes() -> None:
    """The highest lag is what came while nothing was read, and the curve ends near where it began."""
    found = outage_of(make_plan(profile(rate=3_000), SOURCES))
    highest = max(lag for _, lag in found.points)
    assert highest == pytest.approx(3_000 * 120, rel=0.1)
    assert found.points[-1][1] < highest / 20


def test_a_hot_partition_is_seen_by_both() -> None:
    """One code that fills a partition by itself: neither formula nor simulation says that it is soon gone."""
    codes = [CodeShare(301, 0.9), CodeShare(302, 0.1)]
    given = profile(rate=14_000, order=Order.CODE, topics=[TopicTraffic("t", codes)], trucks=Trucks(10))
    found = outage_of(make_plan(given, SOURCES))
    assert found.calculated.drained_s is None or found.calculated.drained_s > 600
    assert found.simulated_s is None or found.simulated_s > 600


def test_no_burst_is_no_curve() -> None:
    """A profile without bursts has the outage alone; one without either has nothing to simulate."""
    assert len(curves(make_plan(profile(rate=100), SOURCES))) == 1
    assert curves(make_plan(profile(rate=100, outage_s=0.0), SOURCES)) == []
