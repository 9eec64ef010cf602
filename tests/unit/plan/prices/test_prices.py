"""The prices: each says what it is a price of, where it stands, and what stands behind it."""

import tomllib
from typing import get_args

import pytest

from plan.prices import brokers, prices
from plan.prices.brokers import Brokers
from plan.prices.prices import Checked, Prices

ALL = Prices.load()


@pytest.mark.parametrize("name", ALL.by_name)
def test_each_price_can_be_looked_up_again(name: str) -> None:
    """A price has a positive number, a unit, an address and a known standing; nothing else."""
    price = ALL.by_name[name]
    assert price.usd > 0
    assert price.unit
    assert price.source.startswith("https://")
    assert price.checked in get_args(Checked)


def test_the_file_says_where_and_when() -> None:
    """A price without region and date is a rumour."""
    assert (ALL.region, ALL.date.year) == ("us-east-1", 2026)
    assert "dynamodb_million_writes" in ALL.unchecked()
    assert "epu_hour" not in ALL.unchecked()


def test_a_larger_broker_takes_more_and_costs_more() -> None:
    """The brokers stand in the order of their sizes, so that the first that is large enough is the cheapest."""
    offered = Brokers.load()
    for family in (offered.standard, offered.express):
        costs = [broker.usd_hour for broker in family]
        assert costs == sorted(costs)
        assert len(set(costs)) == len(costs)
    assert [each.in_mbs for each in offered.express] == sorted(each.in_mbs for each in offered.express)


def test_the_brokers_name_their_source() -> None:
    """Limits change: the file says where they were read, and when."""
    given = tomllib.loads(brokers.FILE.read_text(encoding="utf-8"))
    assert given["source"].startswith("https://")
    assert given["date"].year == 2026
    assert prices.FILE.parent == brokers.FILE.parent
