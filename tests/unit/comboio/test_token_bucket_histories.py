"""Any history of a token bucket: takings, idle time, rates that change, and a clock that some callers read late.

Written from its promise: if the waits are kept, no interval has more than its rate, what was saved, and one taking; and
nobody waits for longer than what they took costs.
"""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from comboio.token_bucket import TokenBucket
from tests.support.examples import examples

RATES = st.sampled_from([1.0, 30.0, 2_000.0])
CAPACITIES = st.sampled_from([0.0, 5.0, 400.0])
AMOUNTS = st.sampled_from([0.5, 60.0, 900.0])
"""Far from each other, so that a fault of any of them shows in a few steps."""


class Taking(RuleBasedStateMachine):
    """One taker that keeps the waits."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.ready = 0.0
        self.rates: list[tuple[float, float, float]] = []
        """From when on which rate and capacity held."""
        self.taken: list[tuple[float, float]] = []

    @initialize(rate=RATES, capacity=CAPACITIES)
    def begin(self, rate: float, capacity: float) -> None:
        """Begin with an empty bucket."""
        self.bucket = TokenBucket(rate, capacity, 0.0)
        self.rates.append((0.0, rate, capacity))

    @rule(amount=AMOUNTS)
    def take(self, amount: float) -> None:
        """Take as soon as the waits allow it."""
        self.now = max(self.now, self.ready)
        wait = self.bucket.take(amount, self.now)
        assert 0 <= wait <= amount / self.rates[-1][1] + 1e-6
        self.ready = self.now + wait
        self.taken.append((self.now, amount))
        self.check()

    @rule(seconds=st.sampled_from([0.1, 5.0]))
    def idle(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    @rule(late=st.sampled_from([0.1, 5.0]))
    def look_late(self, late: float) -> None:
        """Ask by a time that is over, and then by the right one, how long to wait: that makes no tokens."""
        self.bucket.take(0.0, self.now - late)
        self.ready = self.now + self.bucket.take(0.0, self.now)

    @rule(after=st.sampled_from([0.0, 3.0]), rate=RATES, capacity=CAPACITIES)
    def change(self, after: float, rate: float, capacity: float) -> None:
        """Go on at another rate, and ask anew how long to wait."""
        self.now += after
        self.bucket.change(rate, capacity, self.now)
        self.rates.append((self.now, rate, capacity))
        self.ready = self.now + self.bucket.take(0.0, self.now)

    def check(self) -> None:
        """Check every interval that ends with the last taking."""
        total = largest = 0.0
        for began, amount in reversed(self.taken):
            total, largest = total + amount, max(largest, amount)
            earned, saved = self.allowed(began)
            assert total <= earned + saved + largest + 1e-6 * (1 + total)

    def allowed(self, began: float) -> tuple[float, float]:
        """Return what the rates come to since a time, and the most that was saved then or later."""
        earned = saved = 0.0
        ends = [start for start, _, _ in self.rates[1:]] + [self.now]
        for (start, rate, capacity), end in zip(self.rates, ends, strict=True):
            if end >= began:
                earned += rate * (end - max(start, began))
                saved = max(saved, capacity)
        return earned, saved


@pytest.mark.robustness("clocks that jump or are wrong")
def test_whatever_is_taken_and_changed_no_interval_has_more_than_its_rate() -> None:
    """Also where the rate falls while a debt is open, and where time seems to go back."""
    run_state_machine_as_test(
        Taking, settings=settings(max_examples=examples(100), stateful_step_count=20, deadline=None)
    )
