"""The first of several things that a codigo belongs to, found in logarithmic time however many there are."""

from bisect import bisect_right
from collections.abc import Sequence
from heapq import heappop, heappush
from math import inf
from typing import Generic, TypeVar

from comboio.routing.codigo_range import CodigoRange

T = TypeVar("T")


class FirstOf(Generic[T]):
    """Things with their codigos (none: all), of which the first that has a codigo counts, else a fallback.

    The codigos are cut into stretches in each of which one thing counts: a table of thousands of routes costs a batch
    with thousands of codigos no more than a small one.
    """

    def __init__(self, things: Sequence[tuple[Sequence[CodigoRange], T]], fallback: T) -> None:
        spans = sorted(
            (low, high, place) for place, (codigos, _) in enumerate(things) for low, high in codigos or ((0, inf),)
        )
        self._starts = sorted({0.0, *(low for low, _, _ in spans), *(high + 1 for _, high, _ in spans)})
        self._things: list[T] = []
        open_spans: list[tuple[int, float]] = []
        coming = iter(spans)
        span = next(coming, None)
        for start in self._starts:
            while span is not None and span[0] <= start:
                heappush(open_spans, (span[2], span[1]))
                span = next(coming, None)
            while open_spans and open_spans[0][1] < start:
                heappop(open_spans)
            self._things.append(things[open_spans[0][0]][1] if open_spans else fallback)

    def at(self, codigo: int) -> T:
        """Return what counts for a codigo."""
        return self._things[bisect_right(self._starts, codigo) - 1]
