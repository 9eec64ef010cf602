"""How many records have come into a partition by a time: rates that change now and then."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Records that came, as a line that bends where the rate changes."""

    steps: Sequence[tuple[float, float]]
    """From which time on, how many a second; in the order of time, the first at 0."""
    _starts: list[float] = field(init=False, repr=False)
    _before: list[float] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        starts, before, total = [at for at, _ in self.steps], [0.0], 0.0
        for (at, rate), (following, _) in zip(self.steps, self.steps[1:], strict=False):
            total += rate * (following - at)
            before.append(total)
        object.__setattr__(self, "_starts", starts)
        object.__setattr__(self, "_before", before)

    def by(self, at: float) -> float:
        """Return how many came before a time."""
        step = max(bisect_right(self._starts, at) - 1, 0)
        start, rate = self.steps[step]
        return self._before[step] + rate * max(at - start, 0.0)

    def rate(self, at: float) -> float:
        """Return how many come a second from a time on; none before the first step."""
        return self.steps[bisect_right(self._starts, at) - 1][1] if at >= self._starts[0] else 0.0

    def when(self, count: float) -> float:
        """Return when the record of that number came; infinity if it never does."""
        for step in range(len(self.steps) - 1, -1, -1):
            start, rate = self.steps[step]
            if count >= self._before[step]:
                return start + (count - self._before[step]) / rate if rate > 0 else self._next(step, count)
        return 0.0

    def _next(self, step: int, count: float) -> float:
        """Return when a record comes that a pause lies before."""
        if count > self._before[step]:
            return float("inf")
        return next((start for start, rate in self.steps[step + 1 :] if rate > 0), float("inf"))
