"""Finds the codes that are too heavy for one partition, and compares the ways to split them."""

from collections.abc import Sequence
from dataclasses import dataclass

from comboio.contract.partition_key import KeyStrategy
from comboio.message.content import Code
from plan.keys.placement import shares, skew
from plan.profile.profile import CodeShare, Trucks

HEAVY = 1.0
"""How many fair shares of a partition a heavy code has at least: by `codigo`, no placement could be even then."""

EVEN = 1.5
"""The skew that buckets should reach: the hottest partition has at most half as much again as the mean."""

_BUCKETS = (2, 4, 8, 16, 32, 64)
"""Numbers of buckets that are tried; the producer takes up to any number."""


@dataclass(frozen=True, slots=True)
class Split:
    """One way to split heavy codes."""

    name: str
    """The way."""
    hottest_per_s: float
    """Messages a second of the hottest partition, at the peak."""
    fits: bool
    """Whether that partition has room for them."""
    gives_up: str
    """The order that it gives up."""
    how: str
    """How the producer is told."""


def heavy_codes(codes: Sequence[CodeShare], partitions: int) -> list[CodeShare]:
    """Return the codes that are heavy for a topic with so many partitions, the heaviest first."""
    total = sum(code.share for code in codes)
    fair = total / partitions
    return [code for code in codes if code.share > HEAVY * fair]


def buckets_for(codes: Sequence[CodeShare], trucks: Trucks, partitions: int, heavy: Sequence[Code]) -> int:
    """Return the fewest buckets that make the traffic even enough, or else those that make it most even."""
    found = {
        count: skew(shares(codes, trucks, KeyStrategy.CODIGO_BUCKET, partitions, heavy, count)) for count in _BUCKETS
    }
    return next((count for count, each in found.items() if each <= EVEN), min(found, key=lambda count: found[count]))


def splits(
    codes: Sequence[CodeShare],
    trucks: Trucks,
    partitions: int,
    heavy: Sequence[CodeShare],
    peak: float,
    room: float,
) -> list[Split]:
    """Return the ways to split, with what each leaves on the hottest partition; `peak` is the topic's, in messages."""
    if not heavy:
        return []
    names = [code.codigo for code in heavy]
    total = sum(code.share for code in codes)
    buckets = buckets_for(codes, trucks, partitions, names)
    bucketed = max(shares(codes, trucks, KeyStrategy.CODIGO_BUCKET, partitions, names, buckets)) * peak
    composite = max(shares(codes, trucks, KeyStrategy.CODIGO_TRUCK_ID, partitions)) * peak
    alone = heavy[0].share / total * peak
    return [
        Split(
            "a dedicated topic, one partition a code",
            alone,
            alone <= room,
            "nothing of the code itself; its messages and those of other codes are no longer in one topic",
            "topic strategy heavy+light, PRODUCER_KEY_STRATEGY=codigo",
        ),
        Split(
            f"bucket({buckets})",
            bucketed,
            bucketed <= room,
            "the order of the code across trucks; a truck's order within the code holds",
            f"PRODUCER_KEY_STRATEGY=codigo+bucket, PRODUCER_KEY_BUCKETS={buckets}",
        ),
        Split(
            "a composite key",
            composite,
            composite <= room,
            "the order of the code across trucks, and of a truck across codes",
            "PRODUCER_KEY_STRATEGY=codigo+truck_id",
        ),
    ]
