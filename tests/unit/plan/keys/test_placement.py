"""Where keys land: shares that sum to the whole, and the skews that the proof of concept measured."""

from collections.abc import Sequence

import pytest

from comboio.contract.partition_key import KeyStrategy
from plan.keys.placement import shares, skew
from plan.profile.profile import CodeShare, Trucks
from producer.source.pareto import pareto_weights
from producer.source.synthetic import ranked_codes


def pareto(count: int = 50) -> Sequence[CodeShare]:
    """Return codes of which 20% make 80% of the traffic."""
    return [CodeShare(code, weight) for code, weight in zip(ranked_codes(count), pareto_weights(count), strict=True)]


def domain() -> Sequence[CodeShare]:
    """Return those of mt-c400: without the codes of the other domain."""
    return [code for code in pareto() if code.codigo not in range(340, 350)]


@pytest.mark.parametrize("strategy", list(KeyStrategy))
def test_no_traffic_is_lost(strategy: KeyStrategy) -> None:
    """The shares of the partitions sum to 1, whatever the key."""
    assert sum(shares(pareto(), Trucks(50), strategy, 7, [301], 4)) == pytest.approx(1)


def test_the_key_decides_the_skew_as_measured() -> None:
    """The proof of concept read 4.59 times the mean from Kafka with `codigo`, and 1.06 with the default."""
    assert skew(shares(domain(), Trucks(2_000), KeyStrategy.CODIGO, 12)) == pytest.approx(4.59, rel=0.05)
    assert skew(shares(domain(), Trucks(2_000), KeyStrategy.CODIGO_TRUCK_ID, 12)) == pytest.approx(1.06, rel=0.05)


def test_more_buckets_spread_a_heavy_code() -> None:
    """A code in buckets weighs on its hottest partition less than a code in one key."""
    whole = skew(shares(domain(), Trucks(500), KeyStrategy.CODIGO, 12))
    split = skew(shares(domain(), Trucks(500), KeyStrategy.CODIGO_BUCKET, 12, [301, 302, 303], 16))
    assert split < whole / 2


def test_one_key_is_one_partition() -> None:
    """A single code by `codigo` lands whole on one partition."""
    assert sorted(shares([CodeShare(300, 1.0)], Trucks(10), KeyStrategy.CODIGO, 12))[-2:] == [0.0, 1.0]
