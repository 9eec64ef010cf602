"""Chooses the key: the one that keeps the order that is asked for, and spreads best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from comboio.contract.partition_key import KeyStrategy
from comboio.message.content import Code
from plan.keys.placement import shares, skew
from plan.profile.profile import CodeShare, Order, Trucks

BY_ORDER: Mapping[Order, KeyStrategy] = {
    Order.CODE: KeyStrategy.CODIGO,
    Order.TRUCK: KeyStrategy.TRUCK_ID,
    Order.TRUCK_AND_CODE: KeyStrategy.CODIGO_TRUCK_ID,
    Order.NONE: KeyStrategy.CODIGO_TRUCK_ID,
}
"""The key that keeps an order. Where none is asked for, the one that spreads best is as good as any."""

_GIVES_UP: Mapping[KeyStrategy, str] = {
    KeyStrategy.CODIGO: "nothing of a code; a truck's messages of two codes may overtake each other",
    KeyStrategy.TRUCK_ID: "the order of a code across trucks",
    KeyStrategy.CODIGO_TRUCK_ID: "the order of a code across trucks, and of a truck across codes",
    KeyStrategy.CODIGO_BUCKET: "the order of a heavy code across trucks of different buckets",
}
"""The order that a key gives up."""


@dataclass(frozen=True, slots=True)
class KeySpread:
    """How a key spreads a topic's traffic."""

    strategy: KeyStrategy
    """The key."""
    shares: Sequence[float]
    """The share of each partition."""
    gives_up: str
    """The order that it does not keep."""

    @property
    def skew(self) -> float:
        """The hottest partition over the mean."""
        return skew(self.shares)

    @property
    def hottest(self) -> float:
        """The share of the hottest partition."""
        return max(self.shares)


def spreads(
    codes: Sequence[CodeShare], trucks: Trucks, partitions: int, heavy: Sequence[Code], buckets: int
) -> list[KeySpread]:
    """Return how every key spreads the traffic over so many partitions."""
    return [
        KeySpread(strategy, shares(codes, trucks, strategy, partitions, heavy, buckets), _GIVES_UP[strategy])
        for strategy in KeyStrategy
    ]
