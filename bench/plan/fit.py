"""Fits a straight line to readings. Pure."""

from collections.abc import Sequence


def line(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return where the line through `(size, seconds)` begins, at least 0, and how it rises.

    The squares of relative errors are least, so that small batches count as much as large ones. Where the best line
    would begin below 0, it is the best of those that begin at 0.

    Raises:
        ValueError: all points have one size, which says nothing of a line.
    """
    weights = [1 / seconds**2 for _, seconds in points]
    total = sum(weights)
    x = sum(w * size for w, (size, _) in zip(weights, points, strict=True)) / total
    y = sum(w * seconds for w, (_, seconds) in zip(weights, points, strict=True)) / total
    spread = sum(w * (size - x) ** 2 for w, (size, _) in zip(weights, points, strict=True))
    if spread == 0:
        raise ValueError("batches of one size say nothing of what a batch costs beside its messages")
    rise = sum(w * (size - x) * (seconds - y) for w, (size, seconds) in zip(weights, points, strict=True)) / spread
    if y - rise * x >= 0:
        return y - rise * x, rise
    squares = sum(w * size * size for w, (size, _) in zip(weights, points, strict=True))
    return 0.0, sum(w * size * seconds for w, (size, seconds) in zip(weights, points, strict=True)) / squares
