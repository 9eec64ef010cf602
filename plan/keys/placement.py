"""Places the keys of a topic: the share of the traffic that each partition gets, by real hashes."""

from collections.abc import Collection, Sequence
from functools import lru_cache

from comboio.contract.kafka_hash import kafka_hash
from comboio.contract.partition_key import KeyStrategy, partition_key
from comboio.message.content import Code
from plan.profile.profile import CodeShare, Trucks

MOST_TRUCKS = 1_000
"""Trucks whose keys are hashed for each code. More would spread more evenly still: the hottest is a little too hot."""

_MOST_ALONE = 20_000
"""Trucks whose keys are hashed where the code is no part of the key, so that a truck is one key."""

Weighted = Sequence[tuple[int, float]]
"""Hashes of keys, each with the share of the traffic that has it."""


def senders(trucks: Trucks, most: int = MOST_TRUCKS) -> list[tuple[str, float]]:
    """Return names and shares of trucks: the measured ones, or some as the producer's simulation names them, alike.

    Of very many the heaviest are taken as they are, and the others' traffic is dealt to these evenly.
    """
    if not trucks.shares:
        count = min(trucks.count, most)
        return [(f"T-{number:06d}", 1 / count) for number in range(1, count + 1)]
    heaviest = trucks.shares[:most]
    rest = (1 - sum(share for _, share in heaviest)) / len(heaviest)
    return [(name, share + rest) for name, share in heaviest]


@lru_cache(maxsize=256)
def hashes(
    codes: tuple[CodeShare, ...],
    trucks: Trucks,
    strategy: KeyStrategy,
    heavy: frozenset[Code] = frozenset(),
    buckets: int = 8,
) -> Weighted:
    """Return the hash of every key that codes and trucks make, with its share of the topic's traffic.

    A truck is taken to have the same share of every code.
    """
    key = partition_key(strategy, heavy, buckets)
    sending = senders(trucks, _MOST_ALONE if strategy is KeyStrategy.TRUCK_ID else MOST_TRUCKS)
    total = sum(code.share for code in codes)
    if strategy is KeyStrategy.CODIGO:
        return [(kafka_hash(key(code.codigo, "")), code.share / total) for code in codes]
    if strategy is KeyStrategy.TRUCK_ID:
        return [(kafka_hash(key(0, name)), share) for name, share in sending]
    weights: dict[bytes, float] = {}
    for code in codes:
        split = strategy is KeyStrategy.CODIGO_TRUCK_ID or code.codigo in heavy
        for name, share in sending if split else [("", 1.0)]:
            made = key(code.codigo, name)
            weights[made] = weights.get(made, 0.0) + code.share / total * share
    return [(kafka_hash(made), weight) for made, weight in weights.items()]


def place(weighted: Weighted, partitions: int) -> list[float]:
    """Return the share of each partition."""
    shares = [0.0] * partitions
    for hashed, weight in weighted:
        shares[hashed % partitions] += weight
    return shares


def shares(
    codes: Sequence[CodeShare],
    trucks: Trucks,
    strategy: KeyStrategy,
    partitions: int,
    heavy: Collection[Code] = (),
    buckets: int = 8,
) -> list[float]:
    """Return the share of a topic's traffic that each of its partitions gets under a key strategy."""
    return place(hashes(tuple(codes), trucks, strategy, frozenset(heavy), buckets), partitions)


def skew(placed: Sequence[float]) -> float:
    """Return the hottest partition over the mean: 1 is even."""
    return max(placed) * len(placed) / sum(placed)
