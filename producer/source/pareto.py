"""Spreads traffic over codes: 80% of it on 20% of them, the rest in a long tail."""

from collections.abc import Sequence

_STEPS = 60
"""So many bisection steps are enough: 2^-60 of the search range is below a float's own resolution."""


def zipf_weights(count: int, exponent: float) -> list[float]:
    """Return the weights of `count` ranks, heaviest first, that sum to 1 and fall as rank^-exponent."""
    raw = [rank**-exponent for rank in range(1, count + 1)]
    total = sum(raw)
    return [weight / total for weight in raw]


def top_share(weights: Sequence[float], fraction: float) -> float:
    """Return the share of the total that the heaviest `fraction` of the ranks has (at least one rank)."""
    top = max(1, round(len(weights) * fraction))
    return sum(sorted(weights, reverse=True)[:top]) / sum(weights)


def pareto_weights(count: int, share: float = 0.8, fraction: float = 0.2) -> list[float]:
    """Return Zipf weights of `count` ranks whose heaviest `fraction` has `share` of the total.

    Raises:
        ValueError: no such weights exist: fewer than one rank, or a share that even equal weights exceed.
    """
    if count < 1:
        raise ValueError(f"there must be at least 1 code, not {count}")
    if count == 1:
        return [1.0]
    if not top_share([1.0] * count, fraction) <= share < 1:
        raise ValueError(f"{fraction:.0%} of {count} codes cannot have {share:.0%} of the traffic")
    low, high = 0.0, 64.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if top_share(zipf_weights(count, middle), fraction) < share:
            low = middle
        else:
            high = middle
    return zipf_weights(count, high)
