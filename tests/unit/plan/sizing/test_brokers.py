"""Clusters: each family is sized by what limits it, and one that cannot carry the load is never advised."""

import pytest

from plan.prices.brokers import Brokers
from plan.prices.prices import Prices
from plan.sizing.brokers import Cluster, Load, clusters


def sized(mb_per_s: float, partitions: int = 12, retention_h: float = 48) -> dict[str, Cluster]:
    """Return the cluster of each family; the peak is twice the rate."""
    load = Load(mb_per_s * 1e6, 2e6 * mb_per_s, partitions, retention_h)
    return {cluster.family: cluster for cluster in clusters(load, Brokers.load(), Prices.load())}


def test_a_small_load_has_a_broker_in_each_zone() -> None:
    """Three is the least, however little comes."""
    assert sized(0.1)["Standard"].name.startswith("3 x kafka.m7g.large")
    assert sized(0.1)["Express"].name == "3 x express.m7g.large"


@pytest.mark.parametrize("mb_per_s", [1, 10, 50, 200, 500])
def test_brokers_come_in_threes(mb_per_s: float) -> None:
    """A zone has as many as any other."""
    for family in ("Standard", "Express"):
        assert int(sized(mb_per_s)[family].name.partition(" ")[0]) % 3 == 0


def test_serverless_ends_where_aws_says() -> None:
    """200 MB/s and 2,400 partitions: beyond, it is possible no more, and last in the list."""
    assert sized(90)["Serverless"].possible
    assert not sized(101)["Serverless"].possible
    assert not sized(1, partitions=2_401)["Serverless"].possible
    load = Load(150e6, 300e6, 12, 24)
    assert clusters(load, Brokers.load(), Prices.load())[-1].family == "Serverless"


def test_storage_is_paid_for_as_it_is_kept() -> None:
    """Twice the retention costs twice the storage; Standard brokers keep three copies, and as much room again."""
    once, twice = sized(10, retention_h=24), sized(10, retention_h=48)
    for family in ("Standard", "Express", "Serverless"):
        assert twice[family].usd["storage"] == pytest.approx(2 * once[family].usd["storage"], rel=0.01)
    assert once["Standard"].usd["storage"] == pytest.approx(6 * once["Express"].usd["storage"], rel=0.01)
