"""Any history of a partition's ledger: deliveries, crashes, zombies, lost answers, and clocks that jump.

Written from the promises (docs/guarantees.md): an offset is done only because a settlement said so; who lost its lease
changes nothing; what was delivered and not answered for is waited for; no clock holds a partition up for ever.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test
from msgspec.structs import replace

from comboio.invocation import LONGEST_HOLD_MS
from comboio.ledger.duplicate import Admit, admit
from comboio.ledger.ledger import Ledger, RecordResult, RecordState, settle
from comboio.ledger.memory import MemoryLedgerStore
from comboio.ledger.offsets import contains, ranges
from tests.support.examples import examples

PART, NOW, DAY_MS = "c1/t-0", 1_795_359_600_000, 86_400_000
OFFSETS = range(12)
SKEWS = st.sampled_from([0, 0, 0, -20_000, 25_000, DAY_MS, -DAY_MS])


@dataclass
class Invocation:
    """One that has, or had, the lease."""

    owner: str
    skew: int
    until: int
    ledger: Ledger
    admitted: list[int]
    through: set[int] = field(default_factory=set)
    """What it sent: once sent, always sent."""


class LedgerHistory(RuleBasedStateMachine):
    """A partition, its invocations, and what may be said of each offset."""

    invocations: Bundle[Invocation] = Bundle("invocations")

    def __init__(self) -> None:
        super().__init__()
        self.store, self.ms, self.count = MemoryLedgerStore(), NOW, 0
        self.owner, self.until = "", 0
        self.done: set[int] = set()
        self.delivered: set[int] = set()

    @rule(target=invocations, offsets=st.sets(st.sampled_from(OFFSETS), min_size=1), skew=SKEWS, data=st.data())
    def deliver(self, offsets: set[int], skew: int, data: Any) -> Any:
        """Give an invocation a batch; it has the partition if nobody else has, by its own clock."""
        self.count += 1
        owner, now = f"i{self.count}", self.ms + skew
        until = now + data.draw(st.sampled_from([1_000, 60_000, 900_000]))
        free = not self.owner or not now < self.until <= now + LONGEST_HOLD_MS
        found = self.store.claim(PART, owner, now, until, ranges(offsets))
        assert (found is not None) == free
        if found is not None:
            self.check(found)
            self.owner, self.until = owner, until
        self.delivered |= offsets
        if found is None:
            return Invocation(owner, skew, until, Ledger(), [])
        admitted = [each for each in sorted(offsets) if admit(found, each, 1_000) is not Admit.DUPLICATE]
        assert not self.done & set(admitted)
        return Invocation(owner, skew, until, found, admitted)

    @rule(one=invocations, data=st.data(), ends=st.booleans(), answer_is_lost=st.booleans())
    def settle(self, one: Invocation, data: Any, ends: bool, answer_is_lost: bool) -> None:
        """Settle what an invocation did, on the way or at the end; one that lost its lease changes nothing."""
        if one.admitted:
            one.through |= data.draw(st.sets(st.sampled_from(one.admitted)))
        results = [
            RecordResult(offset, NOW, RecordState.DONE if offset in one.through else data.draw(UNFINISHED))
            for offset in one.admitted
        ]
        ledger = settle(one.ledger, results, self.ms + one.skew)
        kept = self.store.settle(PART, one.owner, ledger, 0 if ends else one.until)
        assert kept == (self.owner == one.owner)
        if kept:
            self.done |= one.through
            self.until = 0 if ends else one.until
            if not answer_is_lost:
                one.ledger = replace(ledger, delivered=())

    @rule(one=invocations)
    def release(self, one: Invocation) -> None:
        """Release a lease; it is released if it is there."""
        self.store.release(PART, one.owner)
        if self.owner == one.owner:
            self.until = 0

    @rule(one=consumes(invocations))
    def crash(self, one: Invocation) -> None:
        """End an invocation without a word."""

    @rule(by=st.sampled_from([100, 60_000, 1_000_000, -30_000, -DAY_MS]))
    def jump(self, by: int) -> None:
        """Let time pass, or every clock be set back."""
        self.ms += by

    @invariant()
    def nothing_passes_for_done(self) -> None:
        """Check what the next owner would be told, whoever it is and whenever."""
        found = self.store.peek(PART, self.ms)
        if found is not None:
            assert (found.owner, found.lease_until) == (self.owner, self.until)
            self.check(found.ledger)

    def check(self, ledger: Ledger) -> None:
        """Check each offset: done if a settlement said so, and else waited for if it was delivered."""
        for offset in OFFSETS:
            verdict = admit(ledger, offset, 1_000)
            assert (verdict is Admit.DUPLICATE) == (offset in self.done), f"offset {offset} is {verdict}"
            waits = offset in ledger.incomplete or contains(ledger.deferred, offset)
            assert waits == (offset in self.delivered - self.done), f"offset {offset} is waited for: {waits}"


UNFINISHED = st.sampled_from([RecordState.INCOMPLETE, RecordState.DEFERRED])


@pytest.mark.robustness("any history of leases, settlements, crashes and clocks")
def test_whatever_happened_each_offset_is_done_or_waited_for() -> None:
    """After every step the next owner sends nothing again that is settled, and overlooks nothing that is not."""
    run_state_machine_as_test(
        LedgerHistory, settings=settings(max_examples=examples(60), stateful_step_count=20, deadline=None)
    )
