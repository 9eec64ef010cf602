"""Fits a straight line, or a plane, to readings. Pure."""

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


def plane(points: Sequence[tuple[float, float, float]]) -> tuple[float, float, float]:
    """Return where the plane through `(done, in_vain, seconds)` begins, and how it rises in each; none is below 0.

    The squares of relative errors are least. What would be below 0 is 0, and the others are the best without it.

    Raises:
        ValueError: the points say nothing of one of them.
    """
    rows = [(1 / seconds, done / seconds, vain / seconds) for done, vain, seconds in points]
    used = [0, 1, 2]
    while True:
        found = _solved(
            [[sum(row[i] * row[j] for row in rows) for j in used] for i in used],
            [sum(row[i] for row in rows) for i in used],
        )
        worst = min(range(len(used)), key=lambda place: found[place])
        if found[worst] >= 0:
            all_three = dict(zip(used, found, strict=True))
            return all_three.get(0, 0.0), all_three.get(1, 0.0), all_three.get(2, 0.0)
        del used[worst]


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Solve linear equations by elimination."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for i in range(len(rows)):
        pivot = max(range(i, len(rows)), key=lambda place: abs(rows[place][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        if not rows[i][i]:
            raise ValueError("batches of one kind say nothing of what the others cost")
        for other in range(len(rows)):
            if other != i:
                factor = rows[other][i] / rows[i][i]
                rows[other] = [a - factor * b for a, b in zip(rows[other], rows[i], strict=True)]
    return [row[-1] / row[i] for i, row in enumerate(rows)]
