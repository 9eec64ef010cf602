"""The numbers that patterns ask for, cut into stretches: which routes come into question for a number."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple


class Span(NamedTuple):
    """Numbers from `low` to `high`. What a pattern leaves out at its ends is asked of the pattern itself."""

    low: float
    high: float


class Stretches:
    """For each stretch between two bounds, the routes with a span in it, as the bits of a number.

    A message costs one search however many routes compare the field, and those that come into question are few.
    """

    def __init__(self, spans: Sequence[tuple[int, Span]]) -> None:
        """Cut the spans of routes, each with its route's place in the table."""
        self._starts = sorted({span.low for _, span in spans} | {span.high for _, span in spans})
        self._places = [0] * (len(self._starts) + 1)
        for place, (low, high) in spans:
            if low <= high:
                for stretch in range(bisect_right(self._starts, low), bisect_right(self._starts, high) + 1):
                    self._places[stretch] |= 1 << place

    def at(self, number: float) -> int:
        """Return the places that come into question for a number, as bits."""
        return self._places[bisect_right(self._starts, number)]
