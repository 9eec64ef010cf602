"""The invocation's deadline, as one budget of time for all that it does: it ends before Lambda ends it."""

from collections.abc import Callable

from msgspec import Struct

from comboio.clocks import Clocks
from comboio.invocation import Invocation

_LONGEST_MARGIN_SHARE = 0.5
"""Of the time an invocation has, at most this share is kept back, however short its timeout is."""
_SPARE_SHARE = 0.1
"""Of the margin, this share is left for what no timeout bounds: threads that wake late, the response."""


class Budget(Struct, frozen=True):
    """The moments by which each part of an invocation ends, in seconds of `clock`.

    Every call of every part is given the time that is left of its part, and no more.
    """

    clock: Callable[[], float]
    sends_end: float
    """Calls to destinations begin and are answered by then."""
    writes_end: float
    """What was not taken is in the hold queue or in the DLQ by then, or it is redelivered."""
    end: float
    """The ledgers are settled by then."""

    @classmethod
    def of(cls, invocation: Invocation, clocks: Clocks, margin_s: float) -> "Budget":
        """Return the budget of an invocation that begins now; `margin_s` are kept back for writes and settlement."""
        left_s = max(invocation.deadline - clocks.now(), 0) / 1000
        margin_s = min(margin_s, left_s * _LONGEST_MARGIN_SHARE)
        deadline = clocks.clock() + left_s
        end = deadline - margin_s * _SPARE_SHARE
        return cls(clocks.clock, deadline - margin_s, end - margin_s * (1 - _SPARE_SHARE) / 2, end)

    def left_s(self, moment: float) -> float:
        """Return the seconds that are left until a moment; 0 where it has passed."""
        return max(moment - self.clock(), 0.0)
